#ifndef FOVEA_OP_H
#define FOVEA_OP_H

// Ops for Fovea in a shared library of one's own. This file stands alone and may be copied: C99, C++17 or CUDA.
// docs/plugins.md is the guide; the C++ part below makes an op a short struct.
//
// Ownership: whoever makes a structure or a text keeps it. What a plug-in declares must stay as it is until the process
// ends; its library is never unloaded. What a function of a plug-in is given is valid until it returns.
// Threads: all functions of a plug-in may be called from any thread, and several at once.
// Errors: a function returns a status and writes a line of text; nothing is thrown across.

#include <stddef.h>
#include <stdint.h>

// Raised when plug-ins made before would no longer work. What is merely added does not raise it: a structure begins
// with its size in bytes, as its writer knows it, and grows at its end; its reader looks no further than that size.
#define FOVEA_OP_ABI 1
#define FOVEA_OP_MAX_NDIM 16

#define FOVEA_OP_EXPORT __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

// Element types. bool is a byte of 0 or 1; f16 and bf16 are the bits of IEEE binary16 and bfloat16; c64 and c128 are
// pairs (real, imaginary) of f32 and f64.
enum {
  FOVEA_BOOL = 0,
  FOVEA_U8 = 1,
  FOVEA_I8 = 2,
  FOVEA_U16 = 3,
  FOVEA_I16 = 4,
  FOVEA_I32 = 5,
  FOVEA_I64 = 6,
  FOVEA_F16 = 7,
  FOVEA_BF16 = 8,
  FOVEA_F32 = 9,
  FOVEA_F64 = 10,
  FOVEA_C64 = 11,
  FOVEA_C128 = 12
};

// What a function returns.
enum {
  FOVEA_OK = 0,
  FOVEA_INVALID_ARGUMENT = 1,  // the inputs or parameters do not fit
  FOVEA_UNSUPPORTED = 2,       // they fit, but this op does not take them
  FOVEA_OUT_OF_MEMORY = 3,
  FOVEA_DEVICE_FAILED = 4,
  FOVEA_FAILED = 5
};

enum { FOVEA_ON_CPU = 0, FOVEA_ON_CUDA = 1 };

enum {
  FOVEA_PARAM_BOOL = 0,
  FOVEA_PARAM_INTEGER = 1,
  FOVEA_PARAM_NUMBER = 2,
  FOVEA_PARAM_TEXT = 3,
  FOVEA_PARAM_LIST = 4
};

// The value of a parameter, in the member of its type. This structure never grows.
typedef struct fovea_value {
  int64_t integer;     // of INTEGER; of BOOL 0 or 1
  double number;       // of NUMBER
  const char* text;    // of TEXT
  const double* list;  // of LIST, `count` numbers
  size_t count;
} fovea_value;

// A parameter. Names here and below are of a-z, 0-9 and _, start with a letter, are at most 64 long, and neither words
// of Python nor output, quiet, help, plugin, profile or trace.
typedef struct fovea_param {
  size_t size;
  const char* name;
  const char* help;            // one line: what it means, with its unit
  int32_t type;                // FOVEA_PARAM_...
  fovea_value fallback;        // the value when none is given; outside of the range: one must be given
  double min, max;             // of INTEGER, NUMBER and the numbers of LIST, both included; equal: no range
  const char* const* choices;  // of TEXT, ended by null; null: any text
} fovea_param;

// Type and shape of an input or of the output.
typedef struct fovea_spec {
  size_t size;
  int32_t dtype;
  int32_t ndim;                      // 0 to FOVEA_OP_MAX_NDIM
  int64_t shape[FOVEA_OP_MAX_NDIM];  // the first `ndim` are used; an extent may be 0
} fovea_spec;

typedef struct fovea_tensor {
  size_t size;
  void* data;  // the first element, aligned for its type; Fovea's memory. Inputs must not be written to
  int32_t dtype;
  int32_t ndim;
  const int64_t* shape;
  const int64_t* strides;  // in elements; without FOVEA_OP_STRIDED row-major and without gaps, as outputs always are
  int32_t device;          // FOVEA_ON_...: where `data` lies
  int32_t device_index;
} fovea_tensor;

// What infer is asked.
typedef struct fovea_query {
  size_t size;
  size_t num_inputs;  // as declared, optional ones at the end perhaps left out
  const fovea_spec* const* inputs;
  const fovea_value* values;  // by parameter, checked against its declaration
  fovea_spec* output;         // to be filled: dtype, ndim, shape
  char* error;                // for a line of text that ends in 0, when the status is not FOVEA_OK
  size_t error_size;          // its room in bytes, at least 256
} fovea_query;

typedef void fovea_range_body(void* state, int64_t begin, int64_t end);

// What a body is given.
typedef struct fovea_call {
  size_t size;
  size_t num_inputs;
  const fovea_tensor* const* inputs;
  const fovea_tensor* output;  // of the type and shape that infer gave; every element must be written
  const fovea_value* values;   // as infer got them
  void* stream;                // the cudaStream_t of a CUDA body, whose device is current; null for a CPU body
  // Calls body(state, begin, end) for parts of [0, count) of `grain` or more, on the threads that Fovea may use, and
  // returns when all are done. Null for a CUDA body.
  void (*parallel_for)(int64_t count, int64_t grain, fovea_range_body* body, void* state);
  char* error;  // as in fovea_query
  size_t error_size;
} fovea_call;

enum { FOVEA_OP_STRIDED = 1 };  // flag: the bodies take inputs of any strides, 0 and negative ones too

typedef struct fovea_op {
  size_t size;
  const char* name;                  // of no other op, nor of a function of expressions
  const char* summary;               // one line
  const char* const* inputs;         // names, ended by null; optional ones come last and end in '?'
  const fovea_param* const* params;  // ended by null; null: none
  uint32_t flags;                    // FOVEA_OP_...
  int (*infer)(const fovea_query*);  // must depend on nothing but the query
  // The bodies; one may be null. The same inputs must give the same bytes. A CUDA body enqueues its work to the stream
  // and returns without waiting for it.
  int (*run_cpu)(const fovea_call*);
  int (*run_cuda)(const fovea_call*);
} fovea_op;

typedef struct fovea_plugin {
  uint32_t abi;  // FOVEA_OP_ABI
  size_t size;
  const fovea_op* const* ops;  // ended by null, at least one
} fovea_plugin;

// What a plug-in must define. Called once, by the thread that loads it.
FOVEA_OP_EXPORT const fovea_plugin* fovea_op_plugin(void);

#ifdef __cplusplus
}  // extern "C"

#include <atomic>
#include <cstdio>
#include <deque>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#if defined(__CUDACC__)
#define FOVEA_OP_HD __host__ __device__
#else
#define FOVEA_OP_HD
#endif

// An op as a C++ struct: its data members are the parameters, `fields` describes them.
//
//   using namespace fovea::plugin;
//   struct Scale : Op {
//     static constexpr const char* name = "scale";
//     static constexpr const char* summary = "multiplies by a factor";
//     static constexpr const char* inputs[] = {"x"};
//     double factor = 2;
//     template <class F> void fields(F&& field) { field("factor", factor, "what to multiply by", range(-100, 100)); }
//     Spec infer(const std::vector<Spec>& in) const { return in[0]; }
//     void cpu(const Call& call) const { ... }   // and, for nvcc, void cuda(const Call& call) const
//   };
//   FOVEA_PLUGIN(Scale)
//
// What infer and the bodies throw becomes their status and text.
namespace fovea::plugin {

struct Error : std::runtime_error {
  Error(int status, const std::string& message) : std::runtime_error(message), code(status) {}
  int code;
};
// Throws Error(FOVEA_INVALID_ARGUMENT) unless the condition holds. Of text: "expected ..., got ...".
inline void require(bool condition, const std::string& message) {
  if (!condition) throw Error(FOVEA_INVALID_ARGUMENT, message);
}

// The element type of a C++ type, -1 for others.
template <class T>
inline constexpr std::int32_t dtype_of = -1;
template <>
inline constexpr std::int32_t dtype_of<bool> = FOVEA_BOOL;
template <>
inline constexpr std::int32_t dtype_of<std::uint8_t> = FOVEA_U8;
template <>
inline constexpr std::int32_t dtype_of<std::int8_t> = FOVEA_I8;
template <>
inline constexpr std::int32_t dtype_of<std::uint16_t> = FOVEA_U16;
template <>
inline constexpr std::int32_t dtype_of<std::int16_t> = FOVEA_I16;
template <>
inline constexpr std::int32_t dtype_of<std::int32_t> = FOVEA_I32;
template <>
inline constexpr std::int32_t dtype_of<std::int64_t> = FOVEA_I64;
template <>
inline constexpr std::int32_t dtype_of<float> = FOVEA_F32;
template <>
inline constexpr std::int32_t dtype_of<double> = FOVEA_F64;

inline std::string dtype_name(std::int32_t dtype) {
  static constexpr const char* names[] = {"bool", "u8",   "i8",  "u16", "i16", "i32", "i64",
                                          "f16",  "bf16", "f32", "f64", "c64", "c128"};
  return dtype >= FOVEA_BOOL && dtype <= FOVEA_C128 ? names[dtype] : "type " + std::to_string(dtype);
}

// Calls work(T{}) for the T among Types that `dtype` is; throws Error(FOVEA_UNSUPPORTED) that lists them.
template <class... Types, class Work>
void with_type(std::int32_t dtype, Work&& work) {
  std::string names;
  const auto is = [&](auto value) {
    using T = decltype(value);
    static_assert(dtype_of<T> >= 0, "not an element type");
    names += (names.empty() ? "" : ", ") + dtype_name(dtype_of<T>);
    return dtype == dtype_of<T> && (work(value), true);
  };
  if (!(is(Types{}) || ...)) throw Error(FOVEA_UNSUPPORTED, "expected " + names + ", got " + dtype_name(dtype));
}

struct Spec {
  std::int32_t dtype = FOVEA_F32;
  std::vector<std::int64_t> shape;
};

// N extents and strides (in elements) over a tensor's memory: view(row, column, channel).
template <class T, int N>
struct View {
  T* data;
  std::int64_t extent[N];
  std::int64_t stride[N];

  template <class... I>
  FOVEA_OP_HD T& operator()(I... index) const {
    static_assert(sizeof...(I) == N, "one index an axis");
    const std::int64_t at[N] = {static_cast<std::int64_t>(index)...};
    std::int64_t offset = 0;
    for (int k = 0; k < N; ++k) offset += at[k] * stride[k];
    return data[offset];
  }
};

#if defined(__CUDACC__)
template <class Body>
__global__ void each(std::int64_t count, Body body) {
  const std::int64_t step = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += step) body(i);
}
#endif

class Call {
 public:
  explicit Call(const fovea_call& call) : call_(call) {}

  std::size_t inputs() const { return call_.num_inputs; }
  const fovea_tensor& input(std::size_t k) const { return *call_.inputs[k]; }
  const fovea_tensor& output() const { return *call_.output; }

  // Throw Error(FOVEA_FAILED) for a type or number of axes that is not the tensor's.
  template <class T, int N>
  View<const T, N> in(std::size_t k) const {
    return view<const T, N>(input(k));
  }
  template <class T, int N>
  View<T, N> out() const {
    return view<T, N>(output());
  }

  // The same without axes, size() elements in a row; not for inputs of strided ops, nor of another size.
  template <class T>
  const T* data(std::size_t k) const {
    return typed<const T>(input(k));
  }
  template <class T>
  T* out_data() const {
    return typed<T>(output());
  }
  std::int64_t size() const {  // elements of the output
    std::int64_t count = 1;
    for (int k = 0; k < output().ndim; ++k) count *= output().shape[k];
    return count;
  }

  // body(i) for 0 <= i < count on Fovea's threads, at least `grain` in a row on one. Of a CPU body only.
  template <class Body>
  void for_each(std::int64_t count, const Body& body, std::int64_t grain = 1024) const {
    Loop<Body> loop{body, ATOMIC_FLAG_INIT, nullptr};
    call_.parallel_for(count, grain, &Loop<Body>::run, &loop);
    if (loop.error) std::rethrow_exception(loop.error);
  }

#if defined(__CUDACC__)
  cudaStream_t stream() const {
    return static_cast<cudaStream_t>(call_.stream);
  }
  static void check(cudaError_t status) {
    if (status != cudaSuccess) throw Error(FOVEA_DEVICE_FAILED, cudaGetErrorString(status));
  }
  // The same on the device, enqueued to the stream. Of a CUDA body only.
  template <class Body>
  void launch(std::int64_t count, const Body& body) const {
    constexpr std::int64_t lanes = 256, most = 1 << 20;
    if (count <= 0) return;
    const std::int64_t blocks = (count + lanes - 1) / lanes;
    each<<<static_cast<unsigned>(blocks < most ? blocks : most), lanes, 0, stream()>>>(count, body);
    check(cudaGetLastError());
  }
#endif

 private:
  template <class Body>
  struct Loop {
    const Body& body;
    std::atomic_flag failed;
    std::exception_ptr error;  // the first one

    static void run(void* state, std::int64_t begin, std::int64_t end) {
      Loop& loop = *static_cast<Loop*>(state);
      try {
        for (std::int64_t i = begin; i < end; ++i) loop.body(i);
      } catch (...) {
        if (!loop.failed.test_and_set()) loop.error = std::current_exception();
      }
    }
  };

  template <class T>
  static T* typed(const fovea_tensor& tensor) {
    constexpr std::int32_t dtype = dtype_of<std::remove_const_t<T>>;
    if (tensor.dtype != dtype)
      throw Error(FOVEA_FAILED, dtype_name(dtype) + " was asked of " + dtype_name(tensor.dtype));
    return static_cast<T*>(tensor.data);
  }
  template <class T, int N>
  static View<T, N> view(const fovea_tensor& tensor) {
    if (tensor.ndim != N)
      throw Error(FOVEA_FAILED, std::to_string(N) + " axes were asked of " + std::to_string(tensor.ndim));
    View<T, N> v{typed<T>(tensor), {}, {}};
    for (int k = 0; k < N; ++k) v.extent[k] = tensor.shape[k], v.stride[k] = tensor.strides[k];
    return v;
  }

  const fovea_call& call_;
};

struct Range {
  double min, max;
};
inline Range range(double min, double max) {
  return {min, max};
}
using Choices = std::vector<const char*>;
inline Choices choices(Choices of) {
  return of;
}

// What an op derives from: no parameters, no bodies, contiguous inputs.
struct Op {
  static constexpr bool strided = false;
  template <class F>
  void fields(F&&) {}
  void cpu(const Call&) const {}
  void cuda(const Call&) const {}
};

// Hidden: else the dynamic linker would make one of the declarations that two plug-ins have for structs of one name.
#pragma GCC visibility push(hidden)
namespace detail {

// A member as the value of its parameter; texts and lists stay the member's.
inline fovea_value value_of(const bool& v) {
  return {v, 0, nullptr, nullptr, 0};
}
inline fovea_value value_of(const std::int64_t& v) {
  return {v, 0, nullptr, nullptr, 0};
}
inline fovea_value value_of(const double& v) {
  return {0, v, nullptr, nullptr, 0};
}
inline fovea_value value_of(const std::string& v) {
  return {0, 0, v.c_str(), nullptr, 0};
}
inline fovea_value value_of(const std::vector<double>& v) {
  return {0, 0, nullptr, v.data(), v.size()};
}
template <class T>
constexpr std::int32_t param_type() {
  if constexpr (std::is_same_v<T, bool>) return FOVEA_PARAM_BOOL;
  if constexpr (std::is_same_v<T, std::int64_t>) return FOVEA_PARAM_INTEGER;
  if constexpr (std::is_same_v<T, double>) return FOVEA_PARAM_NUMBER;
  if constexpr (std::is_same_v<T, std::string>) return FOVEA_PARAM_TEXT;
  return FOVEA_PARAM_LIST;
}
inline void take(const fovea_value& v, bool& member) {
  member = v.integer != 0;
}
inline void take(const fovea_value& v, std::int64_t& member) {
  member = v.integer;
}
inline void take(const fovea_value& v, double& member) {
  member = v.number;
}
inline void take(const fovea_value& v, std::string& member) {
  member = v.text;
}
inline void take(const fovea_value& v, std::vector<double>& member) {
  member.assign(v.list, v.list + v.count);
}

template <class T>
T bound(const fovea_value* values) {
  T op;
  op.fields([&](const char*, auto& member, const char*, auto...) { take(*values++, member); });
  return op;
}

template <class Work>
int reported(char* text, std::size_t room, const Work& work) noexcept {
  const auto say = [&](int status, const char* what) { return std::snprintf(text, room, "%s", what), status; };
  try {
    work();
    return FOVEA_OK;
  } catch (const Error& error) {
    return say(error.code, error.what());
  } catch (const std::bad_alloc&) {
    return say(FOVEA_OUT_OF_MEMORY, "expected more memory than there is");
  } catch (const std::invalid_argument& error) {
    return say(FOVEA_INVALID_ARGUMENT, error.what());
  } catch (const std::exception& error) {
    return say(FOVEA_FAILED, error.what());
  } catch (...) {
    return say(FOVEA_FAILED, "an exception of unknown type");
  }
}

template <class T>
int infer(const fovea_query* query) {
  return reported(query->error, query->error_size, [&] {
    std::vector<Spec> inputs;
    for (std::size_t k = 0; k < query->num_inputs; ++k) {
      const fovea_spec& in = *query->inputs[k];
      inputs.push_back({in.dtype, {in.shape, in.shape + in.ndim}});
    }
    const Spec result = bound<T>(query->values).infer(std::as_const(inputs));
    if (result.shape.size() > FOVEA_OP_MAX_NDIM) throw Error(FOVEA_UNSUPPORTED, "its output has more than 16 axes");
    query->output->dtype = result.dtype;
    query->output->ndim = static_cast<std::int32_t>(result.shape.size());
    for (std::size_t k = 0; k < result.shape.size(); ++k) query->output->shape[k] = result.shape[k];
  });
}
template <class T>
int run_cpu(const fovea_call* call) {
  return reported(call->error, call->error_size, [&] { bound<T>(call->values).cpu(Call(*call)); });
}
template <class T>
int run_cuda(const fovea_call* call) {
  return reported(call->error, call->error_size, [&] { bound<T>(call->values).cuda(Call(*call)); });
}

// Op's own cpu and cuda are what an op has that defines none.
template <class T>
inline constexpr bool has_cpu = !std::is_same_v<decltype(&T::cpu), void (Op::*)(const Call&) const>;
template <class T>
inline constexpr bool has_cuda = !std::is_same_v<decltype(&T::cuda), void (Op::*)(const Call&) const>;

// All that a declaration points to.
template <class T>
struct Declaration {
  T defaults;
  std::deque<fovea_param> params;
  std::deque<Choices> choices_of;
  std::vector<const fovea_param*> param_list;
  std::vector<const char*> inputs;
  fovea_op op;

  Declaration() {
    defaults.fields([this](const char* name, auto& member, const char* help, auto... constraint) {
      fovea_param& param = params.emplace_back();
      param = {sizeof(fovea_param), name, help, param_type<std::decay_t<decltype(member)>>(),
               value_of(member),    0,    0,    nullptr};
      (constrain(param, constraint), ...);
      param_list.push_back(&param);
    });
    param_list.push_back(nullptr);
    for (const char* input : T::inputs) inputs.push_back(input);
    inputs.push_back(nullptr);
    op = {sizeof(fovea_op), T::name,           T::summary,
          inputs.data(),    param_list.data(), T::strided ? std::uint32_t{FOVEA_OP_STRIDED} : 0u,
          detail::infer<T>, nullptr,           nullptr};
    if constexpr (has_cpu<T>) op.run_cpu = detail::run_cpu<T>;
    if constexpr (has_cuda<T>) op.run_cuda = detail::run_cuda<T>;
  }
  Declaration(const Declaration&) = delete;

 private:
  void constrain(fovea_param& param, Range range) { param.min = range.min, param.max = range.max; }
  void constrain(fovea_param& param, Choices of) {
    of.push_back(nullptr);
    param.choices = choices_of.emplace_back(std::move(of)).data();
  }
};

template <class T>
const fovea_op* declared() {
  static const auto* const declaration = new Declaration<T>;  // for ever, as Fovea asks
  return &declaration->op;
}
template <class... Ops>
const fovea_plugin* plugin() {
  static const fovea_op* const ops[] = {declared<Ops>()..., nullptr};
  static const fovea_plugin instance = {FOVEA_OP_ABI, sizeof(fovea_plugin), ops};
  return &instance;
}

}  // namespace detail
#pragma GCC visibility pop
}  // namespace fovea::plugin

// The ops of this plug-in; once, at the end of its file.
#define FOVEA_PLUGIN(...)                                \
  const fovea_plugin* fovea_op_plugin(void) {            \
    return fovea::plugin::detail::plugin<__VA_ARGS__>(); \
  }

#endif  // __cplusplus
#endif  // FOVEA_OP_H
