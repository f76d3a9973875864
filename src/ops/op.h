#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "fovea/ops.h"
#include "kernel/launch.h"

// Which pass compiles an op's file: the host compiler's, or nvcc's.
#if defined(__CUDACC__)
#define FOVEA_PASS cuda
#else
#define FOVEA_PASS cpu
#endif

namespace fovea::ops {

// Type and logical shape of an input or output. block > 1 says that axis 1 (channels) is stored in groups of that many,
// innermost, the last group padded with zeros: [n, c, h, w] lies as [n, ceil(c/block), h, w, block].
struct TensorSpec {
  DType dtype = DType::f32;
  Shape shape;
  int block = 1;
};
Shape stored_shape(const TensorSpec&);

// Prepared weights by (address of the original, layout), shared by the kernels of one model. Thread-safe.
class WeightCache {
 public:
  WeightCache();
  ~WeightCache();
  Array get(const void* original, const std::string& layout, const std::function<Array()>& make);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A kernel that is wished for, by measurement or by the user. Rows that cannot compute the call are passed over.
struct Choice {
  std::string variant;  // empty: the first row that takes the call
  int tile = 0;         // of Winograd's, side in outputs; 0: the row's own choice
};

// What a kernel is prepared for. params points to the op's own parameter struct, already checked.
struct Call {
  const void* params = nullptr;
  std::span<const TensorSpec> inputs;
  TensorSpec output;
  std::span<const Array> constants = {};  // by input; empty arrays where the input is known only at run time
  WeightCache* weights = nullptr;
  Choice choice = {};

  template <class P>
  const P& as() const {
    return *static_cast<const P*>(params);
  }
};

// An op made ready for one set of shapes. run() is not thread-safe: one kernel belongs to one executor.
class Kernel {
 public:
  virtual ~Kernel() = default;
  // `output` may share its bytes with inputs[in_place()], with nothing else.
  virtual void run(Queue, std::span<const Array> inputs, const Array& output) = 0;
  virtual int in_place() const { return -1; }
  virtual std::string method() const { return {}; }  // of a variant that has several: "F(4x4)"
};

struct Range {
  double min, max;
};
struct Choices {
  std::vector<std::string> of;
};

struct Op {
  std::string_view name, summary;
  std::vector<std::string> inputs;  // optional ones end in '?'
  TensorSpec (*infer)(const void* params,
                      std::span<const TensorSpec> inputs) = nullptr;  // throws Error(invalid_argument)
  std::vector<ParamInfo> params = {};
  std::shared_ptr<void> (*bind)(const Op&, const Params&) = nullptr;  // checked values in the op's struct
  bool strided = false;  // its kernels take inputs of any strides; else apply() copies those that are not contiguous
  const void* plugin = nullptr;  // its fovea_op, if a plug-in of the user's declares it
};

struct Row {
  std::string_view op;
  Device::Kind device;
  std::string_view variant;
  bool (*supports)(const Call&);
  std::unique_ptr<Kernel> (*prepare)(const Call&);
  int (*block)() = nullptr;  // the channel block it wants for a 4-D output; null: that of the first input
  int rank = 0;              // among tuned rows the higher is tried first
  // The kernel of the op and of a max_pool2d that alone reads its result; null where it has none for these shapes.
  std::unique_ptr<Kernel> (*prepare_pooled)(const Call&, const Call& pool) = nullptr;
};

class Registry {
 public:
  template <class P>
  void add_op(Op op);
  void add_op(Op op) { insert(std::move(op)); }  // with its own params and bind
  void add_row(Row);

  const Op& op(std::string_view name) const;  // throws Error(invalid_argument)
  const std::vector<Op>& all() const { return ops_; }
  const std::vector<Row>& rows() const { return rows_; }
  // The first row that takes the call, that of call.choice before tuned ones before portable; sets call.output.block to
  // what the row writes. FOVEA_VARIANT=NAME keeps to rows of that variant, and to portable ones for ops that have none
  // of it. Throws Error(unsupported) that lists what there is.
  const Row& find(const Op&, Call&, Device::Kind) const;

 private:
  void insert(Op);  // unless there is one of the name
  std::vector<Op> ops_;
  std::vector<Row> rows_;
};
// Its state at the time of the call. States are never changed nor freed: what they refer to stays.
const Registry& registry();
// Makes `add` on a copy of the registry's last state its next one; what `add` throws leaves all as it was. Thread-safe.
void extend_registry(const std::function<void(Registry&)>& add);

// Sets `member` from params[name] if it is there; throws Error(invalid_argument) for a wrong type, range or choice.
void read_param(const Op&, const ParamInfo&, const Params&, void* member);
void refuse_unknown(const Op&, const Params&);

template <class P>
std::vector<ParamInfo> describe() {
  std::vector<ParamInfo> infos;
  P defaults;
  defaults.fields([&](const char* name, auto& member, const char* help, auto... constraint) {
    ParamInfo info{name, help, member, 0, 0, {}};
    [[maybe_unused]] const auto take = [&](auto c) {
      if constexpr (std::is_same_v<decltype(c), Range>)
        info.min = c.min, info.max = c.max;
      else
        info.choices = c.of;
    };
    (take(constraint), ...);
    infos.push_back(std::move(info));
  });
  return infos;
}

template <class P>
std::shared_ptr<void> bind_params(const Op& op, const Params& params) {
  refuse_unknown(op, params);
  auto bound = std::make_shared<P>();
  std::size_t k = 0;
  bound->fields(
      [&](const char*, auto& member, const char*, auto...) { read_param(op, op.params[k++], params, &member); });
  return bound;
}

template <class P>
void Registry::add_op(Op op) {
  op.params = describe<P>();
  op.bind = bind_params<P>;
  insert(std::move(op));
}

// A kernel that needs no preparation: run(params, queue, inputs, output).
template <class P, void (*Run)(const P&, Queue, std::span<const Array>, const Array&)>
std::unique_ptr<Kernel> simple_kernel(const Call& call) {
  struct Simple final : Kernel {
    explicit Simple(const P& p) : params(p) {}
    void run(Queue queue, std::span<const Array> inputs, const Array& output) override {
      Run(params, queue, inputs, output);
    }
    P params;
  };
  return std::make_unique<Simple>(call.as<P>());
}

inline bool any_call(const Call&) {
  return true;
}
inline bool all_f32(const Call& call) {
  for (const TensorSpec& spec : call.inputs)
    if (spec.dtype != DType::f32) return false;
  return true;
}
inline bool one_block(const Call& call) {
  for (const TensorSpec& spec : call.inputs)
    if (spec.block != call.output.block) return false;
  return true;
}
// No operand in channel blocks: what ops on arrays, not activations, must ask for.
inline bool plain(const Call& call) {
  return one_block(call) && call.output.block == 1;
}
// f32 and not blocked: what most portable bodies of networks take.
inline bool plain_f32(const Call& call) {
  return all_f32(call) && plain(call);
}
inline bool one_block_f32(const Call& call) {
  return all_f32(call) && one_block(call);
}

#if defined(__CUDACC__)
inline constexpr Device::Kind pass_device = Device::Kind::cuda;
#else
inline constexpr Device::Kind pass_device = Device::Kind::cpu;
#endif

template <class T, int N>
View<T, N> view(const Array& array) {
  View<T, N> v;
  v.data = reinterpret_cast<T*>(array.data());
  for (int k = 0; k < N; ++k) {
    v.extent[k] = array.shape()[static_cast<std::size_t>(k)];
    v.stride[k] = array.strides()[static_cast<std::size_t>(k)];
  }
  return v;
}

// A possibly blocked [n, c, h, w] as [n, blocks, h, w, block]; plain arrays have blocks of one channel.
template <class T>
View<T, 5> blocked_view(const Array& array) {
  if (array.ndim() == 5) return view<T, 5>(array);
  View<T, 4> v = view<T, 4>(array);
  return {v.data,
          {v.extent[0], v.extent[1], v.extent[2], v.extent[3], 1},
          {v.stride[0], v.stride[1], v.stride[2], v.stride[3], 0}};
}

// Throws `op: ` + message as Error(invalid_argument) unless the condition holds.
void require(bool condition, std::string_view op, const std::string& message);

}  // namespace fovea::ops
