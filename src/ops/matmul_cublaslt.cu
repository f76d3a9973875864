#include <map>
#include <mutex>
#include <optional>

#include "kernel/storage.h"
#include "ops/cuda/byte_lines.h"
#include "ops/cuda/cublaslt.h"
#include "ops/cuda/transpose_tile.h"
#include "ops/gemm/params.h"
#include "ops/gemm/shape.h"

// Matrix products by cuBLASLt: f32 and f64 in their own arithmetic, f32 by TF32 where that is allowed, f16 and bf16 summed
// in f32, i8 in i32, c64 and c128.
namespace fovea::ops::cuda {
namespace {

void check(cublasStatus_t status, const char* what) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  const Errc code = status == CUBLAS_STATUS_ALLOC_FAILED ? Errc::device_memory : Errc::device;
  throw Error(code, std::string("matmul: expected cuBLASLt to ") + what + ", got its status " + std::to_string(status));
}

// One a device, never destroyed: the driver may go first. Any thread may use it.
cublasLtHandle_t handle() {
  static std::mutex mutex;
  static auto* const handles = new std::map<int, cublasLtHandle_t>;
  int device = 0;
  check_cuda(cudaGetDevice(&device), "matmul: a current device");
  const std::scoped_lock lock(mutex);
  cublasLtHandle_t& of_device = (*handles)[device];
  if (!of_device) check(CublasLt::get().create(&of_device), "make a handle");
  return of_device;
}

struct Types {
  cudaDataType_t data, result, scale;
  cublasComputeType_t compute;
};

constexpr Types f32_by_tf32{CUDA_R_32F, CUDA_R_32F, CUDA_R_32F, CUBLAS_COMPUTE_32F_FAST_TF32},
    bytes{CUDA_R_8I, CUDA_R_32I, CUDA_R_32I, CUBLAS_COMPUTE_32I};

// Of products whose result is of their operands' type.
const Types* types_of(DType type, bool allow_tf32) {
  static constexpr Types f32{CUDA_R_32F, CUDA_R_32F, CUDA_R_32F, CUBLAS_COMPUTE_32F},
      f64{CUDA_R_64F, CUDA_R_64F, CUDA_R_64F, CUBLAS_COMPUTE_64F},
      f16{CUDA_R_16F, CUDA_R_16F, CUDA_R_32F, CUBLAS_COMPUTE_32F},
      bf16{CUDA_R_16BF, CUDA_R_16BF, CUDA_R_32F, CUBLAS_COMPUTE_32F},
      c64{CUDA_C_32F, CUDA_C_32F, CUDA_C_32F, CUBLAS_COMPUTE_32F},
      c128{CUDA_C_64F, CUDA_C_64F, CUDA_C_64F, CUBLAS_COMPUTE_64F};
  switch (type) {
    case DType::f32:
      return allow_tf32 ? &f32_by_tf32 : &f32;
    case DType::f64:
      return &f64;
    case DType::f16:
      return &f16;
    case DType::bf16:
      return &bf16;
    case DType::c64:
      return &c64;
    case DType::c128:
      return &c128;
    default:
      return nullptr;
  }
}

// A matrix as cuBLASLt takes one: rows, or columns, `apart` elements from each other.
struct Operand {
  const void* data = nullptr;
  Index rows = 0, columns = 0, apart = 0;
  bool by_columns = false;
};

class Layout {
 public:
  Layout(cudaDataType_t type, const Operand& o) {
    const Index rows = o.by_columns ? o.columns : o.rows, columns = o.by_columns ? o.rows : o.columns;
    // Row-major [rows, columns] is column-major [columns, rows].
    check(CublasLt::get().layout_create(&layout_, type, static_cast<std::uint64_t>(columns),
                                        static_cast<std::uint64_t>(rows), o.apart),
          "describe a matrix");
  }
  ~Layout() { CublasLt::get().layout_destroy(layout_); }
  Layout(const Layout&) = delete;
  Layout& operator=(const Layout&) = delete;
  operator cublasLtMatrixLayout_t() const { return layout_; }

 private:
  cublasLtMatrixLayout_t layout_ = nullptr;
};

class Product {
 public:
  Product(const Types& types, bool first_turned, bool second_turned) {
    const CublasLt& lt = CublasLt::get();
    check(lt.desc_create(&product_, types.compute, types.scale), "describe a product");
    const auto turn = [&](cublasLtMatmulDescAttributes_t which, bool turned) {
      const cublasOperation_t operation = turned ? CUBLAS_OP_T : CUBLAS_OP_N;
      check(lt.desc_set(product_, which, &operation, sizeof operation), "take a transposed operand");
    };
    turn(CUBLASLT_MATMUL_DESC_TRANSA, first_turned);
    turn(CUBLASLT_MATMUL_DESC_TRANSB, second_turned);
  }
  ~Product() { CublasLt::get().desc_destroy(product_); }
  Product(const Product&) = delete;
  Product& operator=(const Product&) = delete;
  operator cublasLtMatmulDesc_t() const { return product_; }

 private:
  cublasLtMatmulDesc_t product_ = nullptr;
};

// The highest power of two, up to 256, that an address is a multiple of.
std::uint32_t alignment_of(const void* data) {
  const auto address = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(data) & 255) | 256;
  return address & (~address + 1);
}

class Preference {
 public:
  Preference(std::size_t workspace, const void* first, const void* second, const void* result) {
    check(CublasLt::get().preference_create(&preference_), "describe a preference");
    set(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, workspace);
    set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, alignment_of(first));
    set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, alignment_of(second));
    set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, alignment_of(result));
    set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, alignment_of(result));
  }
  ~Preference() { CublasLt::get().preference_destroy(preference_); }
  Preference(const Preference&) = delete;
  Preference& operator=(const Preference&) = delete;
  operator cublasLtMatmulPreference_t() const { return preference_; }

 private:
  template <class T>
  void set(cublasLtMatmulPreferenceAttributes_t which, T value) {
    check(CublasLt::get().preference_set(preference_, which, &value, sizeof value), "take a preference");
  }
  cublasLtMatmulPreference_t preference_ = nullptr;
};

// 1 or 0 of the type that scales.
union Scale {
  float f32[2];
  double f64[2];
  std::int32_t i32;
};
Scale scale_of(cudaDataType_t type, int value) {
  Scale scale{};
  if (type == CUDA_R_32I)
    scale.i32 = value;
  else if (type == CUDA_R_64F || type == CUDA_C_64F)
    scale.f64[0] = value, scale.f64[1] = 0;
  else
    scale.f32[0] = static_cast<float>(value);
  return scale;
}

// One matrix product c = a b, c row-major. In cuBLASLt's columns that is c^T = b^T a^T.
void multiply(Queue queue, const Types& types, const Operand& a, const Operand& b, void* c) {
  constexpr std::size_t most_workspace = std::size_t{32} << 20;
  const CublasLt& lt = CublasLt::get();
  const Product product(types, b.by_columns, a.by_columns);
  const Layout first(types.data, b), second(types.data, a),
      result(types.result, {c, a.rows, b.columns, b.columns, false});
  const Preference preference(most_workspace, b.data, a.data, c);
  cublasLtMatmulHeuristicResult_t found{};
  int count = 0;
  check(lt.heuristic(handle(), product, first, second, result, result, preference, 1, &found, &count),
        "find an algorithm");
  check(count > 0 ? found.state : CUBLAS_STATUS_NOT_SUPPORTED, "find an algorithm");
  const Scratch<char> workspace(queue, static_cast<Index>(found.workspaceSize));
  const Scale one = scale_of(types.scale, 1), zero = scale_of(types.scale, 0);
  check(lt.matmul(handle(), product, &one, b.data, first, a.data, second, &zero, c, result, c, result, &found.algo,
                  workspace.data(), found.workspaceSize, cuda_stream(queue)),
        "multiply");
}

// The batch's matrices of one operand, copied where neither rows nor columns are of neighbouring elements.
template <class T>
class Matrices {
 public:
  Matrices(Queue queue, const void* data, Index rows, Index columns, Index row_stride, Index column_stride)
      : queue_(queue),
        data_(static_cast<const T*>(data)),
        rows_(rows),
        columns_(columns),
        row_(row_stride),
        column_(column_stride) {
    if (!lies(row_, column_, rows_, columns_) && !lies(column_, row_, columns_, rows_))
      copy_.emplace(queue, rows * columns);
  }

  Operand at(Index offset) const {
    const T* from = data_ + offset;
    if (copy_) {
      Strided s;
      s.axes = 2;
      s.extent[0] = rows_, s.extent[1] = columns_, s.stride[0] = row_, s.stride[1] = column_;
      copy_tiled(queue_, from, copy_->data(), s, rows_ * columns_);
      return {copy_->data(), rows_, columns_, columns_, false};
    }
    const bool by_rows = lies(row_, column_, rows_, columns_);
    if (by_rows) return {from, rows_, columns_, rows_ == 1 ? columns_ : row_, false};
    return {from, rows_, columns_, columns_ == 1 ? rows_ : column_, true};
  }

 private:
  // Whether lines `line` apart are of elements that follow each other.
  static bool lies(Index line, Index element, Index lines, Index elements) {
    return (element == 1 || elements == 1) && (line >= elements || lines == 1);
  }
  Queue queue_;
  const T* data_;
  Index rows_, columns_, row_, column_;
  std::optional<Scratch<T>> copy_;
};

struct MatmulRun {
  Queue queue;
  std::span<const Array> in;
  const Array& out;
  bool allow_tf32;

  template <class T>
  void operator()(T) const {
    const MatmulShape s = matmul_shape(in[0], in[1]);
    const Matrices<T> a(queue, in[0].data(), s.m, s.k, s.a_row, s.a_k);
    const Matrices<T> b(queue, in[1].data(), s.k, s.n, s.b_k, s.b_column);
    for (Index batch = 0; batch < s.batches; ++batch) {
      Index a_at = 0, b_at = 0;
      s.offsets(batch, a_at, b_at);
      multiply(queue, *types_of(out.dtype(), allow_tf32), a.at(a_at), b.at(b_at),
               reinterpret_cast<T*>(out.data()) + batch * s.m * s.n);
    }
  }
};

void multiply_bytes(Queue queue, std::span<const Array> in, const Array& out) {
  const MatmulShape s = matmul_shape(in[0], in[1]);
  ByteLines a(queue, in[0].data(), s.m, s.k, s.a_row, s.a_k), b(queue, in[1].data(), s.n, s.k, s.b_column, s.b_k);
  for (Index batch = 0; batch < s.batches; ++batch) {
    Index a_at = 0, b_at = 0;
    s.offsets(batch, a_at, b_at);
    const void *left = a.at(a_at), *right = b.at(b_at);
    multiply(queue, bytes, {left, s.m, s.k, a.apart(left), false}, {right, s.k, s.n, b.apart(right), true},
             reinterpret_cast<std::int32_t*>(out.data()) + batch * s.m * s.n);
  }
}

class CublasLtMatmul final : public Kernel {
 public:
  explicit CublasLtMatmul(bool allow_tf32) : allow_tf32_(allow_tf32) {}
  void run(Queue queue, std::span<const Array> in, const Array& out) override {
    if (out.dtype() == DType::i32) return multiply_bytes(queue, in, out);
    with_bits(out.dtype(), MatmulRun{queue, in, out, allow_tf32_});
  }

 private:
  bool allow_tf32_;
};

bool supports(const Call& call) {
  for (const TensorSpec& spec : call.inputs)
    for (const Index extent : spec.shape)
      if (extent == 0) return false;
  return plain(call) && (types_of(call.inputs[0].dtype, false) || multiplies_bytes(call.inputs)) &&
         CublasLt::get().usable;
}

std::unique_ptr<Kernel> prepare(const Call& call) {
  return std::make_unique<CublasLtMatmul>(call.as<Matmul>().allow_tf32);
}

}  // namespace

void register_matmul_cublaslt(Registry& r) {
  r.add_row({"matmul", Device::Kind::cuda, "cublaslt", supports, prepare});
}

}  // namespace fovea::ops::cuda
