#include "ops/gemm/params.h"
#include "ops/gemm/shape.h"

#if !defined(__CUDACC__)
#include "base/half.h"
#include "fovea/linalg.h"
#endif

namespace fovea::ops::FOVEA_PASS {

// Sums in a wider type than the result's where there is one; integers wrap around.
template <class T, class Sum, class Result>
struct RealTerms {
  using A = T;
  using B = T;
  using Out = Result;
  Sum sum = 0;
  FOVEA_HD void add(T a, T b) { sum += static_cast<Sum>(a) * static_cast<Sum>(b); }
  FOVEA_HD Result result() const { return static_cast<Result>(sum); }
};

template <class TA, class TB>
struct ByteTerms {
  using A = TA;
  using B = TB;
  using Out = std::int32_t;
  std::uint32_t sum = 0;
  FOVEA_HD void add(A a, B b) { sum += static_cast<std::uint32_t>(int{a} * int{b}); }
  FOVEA_HD Out result() const { return static_cast<Out>(sum); }
};

template <class T>
struct Pair {
  T re, im;
};
template <class T>
struct ComplexTerms {
  using A = Pair<T>;
  using B = Pair<T>;
  using Out = Pair<T>;
  double re = 0, im = 0;
  FOVEA_HD void add(A a, B b) {
    re += static_cast<double>(a.re) * b.re - static_cast<double>(a.im) * b.im;
    im += static_cast<double>(a.re) * b.im + static_cast<double>(a.im) * b.re;
  }
  FOVEA_HD Out result() const { return {static_cast<T>(re), static_cast<T>(im)}; }
};

#if !defined(__CUDACC__)
template <float (*Widen)(std::uint16_t), std::uint16_t (*Narrow)(float)>
struct HalfTerms {
  using A = std::uint16_t;
  using B = std::uint16_t;
  using Out = std::uint16_t;
  double sum = 0;
  void add(A a, B b) { sum += static_cast<double>(Widen(a)) * static_cast<double>(Widen(b)); }
  Out result() const { return Narrow(static_cast<float>(sum)); }
};
#endif

template <class Terms>
struct MatmulBody {
  MatmulShape shape;
  const typename Terms::A* a;
  const typename Terms::B* b;
  typename Terms::Out* c;

  FOVEA_HD void operator()(Index batch, Index row, Index column) const {
    Index a_at, b_at;
    shape.offsets(batch, a_at, b_at);
    a_at += row * shape.a_row;
    b_at += column * shape.b_column;
    Terms terms;
    for (Index k = 0; k < shape.k; ++k) terms.add(a[a_at + k * shape.a_k], b[b_at + k * shape.b_k]);
    c[(batch * shape.m + row) * shape.n + column] = terms.result();
  }
};

template <class Terms>
struct MatmulPlane {
  MatmulBody<Terms> body;
  FOVEA_HD void operator()(Index row, Index column) const { body(0, row, column); }
};

template <class Terms>
void matmul_as(Queue queue, std::span<const Array> in, const Array& out) {
  const MatmulBody<Terms> body{matmul_shape(in[0], in[1]), reinterpret_cast<const typename Terms::A*>(in[0].data()),
                               reinterpret_cast<const typename Terms::B*>(in[1].data()),
                               reinterpret_cast<typename Terms::Out*>(out.data())};
  if (body.shape.batches > 1)
    for_each<3>(queue, {body.shape.batches, body.shape.m, body.shape.n}, body);
  else
    for_each<2>(queue, {body.shape.m, body.shape.n}, MatmulPlane<Terms>{body});
}

void matmul(const Matmul&, Queue queue, std::span<const Array> in, const Array& out) {
  if (out.size() == 0) return;
  const DType a = in[0].dtype(), b = in[1].dtype();
  switch (a) {
    case DType::u8:
      return b == DType::u8 ? matmul_as<ByteTerms<std::uint8_t, std::uint8_t>>(queue, in, out)
                            : matmul_as<ByteTerms<std::uint8_t, std::int8_t>>(queue, in, out);
    case DType::i8:
      return b == DType::u8 ? matmul_as<ByteTerms<std::int8_t, std::uint8_t>>(queue, in, out)
                            : matmul_as<ByteTerms<std::int8_t, std::int8_t>>(queue, in, out);
    case DType::i32:
      return matmul_as<RealTerms<std::uint32_t, std::uint32_t, std::uint32_t>>(queue, in, out);
    case DType::i64:
      return matmul_as<RealTerms<std::uint64_t, std::uint64_t, std::uint64_t>>(queue, in, out);
    case DType::f32:
      return matmul_as<RealTerms<float, double, float>>(queue, in, out);
    case DType::f64:
      return matmul_as<RealTerms<double, double, double>>(queue, in, out);
    case DType::c64:
      return matmul_as<ComplexTerms<float>>(queue, in, out);
    case DType::c128:
      return matmul_as<ComplexTerms<double>>(queue, in, out);
#if !defined(__CUDACC__)
    case DType::bf16:
      return matmul_as<HalfTerms<bf16_to_f32, f32_to_bf16>>(queue, in, out);
    case DType::f16:
      return matmul_as<HalfTerms<f16_to_f32, f32_to_f16>>(queue, in, out);
#endif
    default:
      return;
  }
}

bool byte_type(DType t) {
  return t == DType::u8 || t == DType::i8;
}

TensorSpec infer_matmul(const void*, std::span<const TensorSpec> in) {
  const Shape &a = in[0].shape, &b = in[1].shape;
  const DType type = in[0].dtype;
  const bool bytes = byte_type(type) && byte_type(in[1].dtype);
  require(
      !a.empty() && !b.empty(), "matmul",
      "expected arrays of 1 axis or more, got " + to_string(a) + " and " + to_string(b) + "; multiply a number by *");
  require(bytes || type == in[1].dtype, "matmul",
          "expected operands of one type, or both of u8 and i8, got " + std::string(name(type)) + " and " +
              std::string(name(in[1].dtype)) + "; cast one of them");
  require(bytes || is_floating(type) || is_complex(type) || type == DType::i32 || type == DType::i64, "matmul",
          "expected u8, i8, i32, i64, f16, bf16, f32, f64, c64 or c128, got " + std::string(name(type)) +
              "; cast the operands");
  const Index k = a.back(), b_k = b.size() == 1 ? b[0] : b[b.size() - 2];
  require(k == b_k, "matmul",
          "expected as many columns of the first operand as rows of the second, got " + to_string(a) + " and " +
              to_string(b));
  const std::size_t a_axes = a.size() < 2 ? 0 : a.size() - 2, b_axes = b.size() < 2 ? 0 : b.size() - 2;
  const std::size_t axes = a_axes > b_axes ? a_axes : b_axes;
  require(axes <= most_batch_axes, "matmul", "expected at most 18 axes, got " + to_string(a) + " and " + to_string(b));
  Shape shape(axes);
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const Index x = axis + a_axes < axes ? 1 : a[axis + a_axes - axes];
    const Index y = axis + b_axes < axes ? 1 : b[axis + b_axes - axes];
    require(x == y || x == 1 || y == 1, "matmul",
            "expected batch axes that broadcast, got " + to_string(a) + " and " + to_string(b));
    shape[axis] = x == 1 ? y : x;
  }
  if (a.size() > 1) shape.push_back(a[a.size() - 2]);
  if (b.size() > 1) shape.push_back(b.back());
  return {bytes ? DType::i32 : type, shape};
}

// Halves are widened by functions of the host.
bool multiplies(const Call& call) {
#if defined(__CUDACC__)
  if (size_of(call.inputs[0].dtype) == 2) return false;
#endif
  return plain(call);
}

void register_matmul(Registry& r) {
  Op op{"matmul", "matrix product, the last two axes; others are a batch", {"a", "b"}, infer_matmul};
  op.strided = true;
  r.add_op<Matmul>(std::move(op));
  r.add_row({"matmul", pass_device, "portable", multiplies, simple_kernel<Matmul, matmul>});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {

Array matmul(const Array& a, const Array& b, const MatmulOptions& options) {
  const Array operands[] = {a, b};
  return ops::apply("matmul", {{"allow_tf32", options.allow_tf32}}, operands);
}

}  // namespace fovea
#endif
