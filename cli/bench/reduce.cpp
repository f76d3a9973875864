#include <cmath>

#include "bench/case.h"
#include "fovea/expr.h"

namespace fovea::cli {
namespace {

using Maker = Expr (*)(const Expr&);

const std::pair<const char*, Maker> plain[] = {
    {"sum", [](const Expr& x) { return sum(x); }},
    {"mean", [](const Expr& x) { return mean(x); }},
    {"std", [](const Expr& x) { return fovea::std(x); }},
    {"max", [](const Expr& x) { return max(x); }},
};

template <class T, class F>
double loop_of(const Array& x, F&& step) {
  double total = 0;
  for (const T v : x.span<T>()) step(total, static_cast<double>(v));
  return total;
}

// In order, one element after another, as one writes it first.
std::function<void()> naive(const Array& x, void (*step)(double&, double)) {
  if (x.dtype() == DType::f64) return [=] { keep(loop_of<double>(x, step)); };
  if (x.dtype() == DType::f32) return [=] { keep(loop_of<float>(x, step)); };
  return {};
}

Case reduction(const Array& x, const std::string& name, Maker maker, int passes) {
  const double bytes = static_cast<double>(x.size()) * static_cast<double>(size_of(x.dtype()));
  Case c{"reduce",
         name + " " + text_of(x.shape()),
         x.dtype(),
         [x, maker] { keep(eval_scalar(maker(Expr(x)))); },
         bytes,
         "GB/s",
         {{Demand::Of::read, passes * bytes, static_cast<std::int64_t>(bytes)}}};
  c.peers = peer_case(name, x.shape(), x.dtype());
  return c;
}

void cases_of(const Array& x, const Emit& emit) {
  emit([&] {
    Case c = reduction(
        x, "sum(sqrt(x)+x**2)", [](const Expr& e) { return sum(sqrt(e) + square(e)); }, 1);
    c.loop = naive(x, [](double& total, double v) { total += std::sqrt(v) + v * v; });
    return c;
  });
  for (const auto& [name, maker] : plain)
    emit([&, name = name, maker = maker] {
      Case c = reduction(x, name, maker, name == std::string("std") ? 2 : 1);
      if (name == std::string("sum")) c.loop = naive(x, [](double& total, double v) { total += v; });
      if (name == std::string("max")) c.loop = naive(x, [](double& most, double v) { most = v > most ? v : most; });
      return c;
    });
}

}  // namespace

void bench_reduce(const Request& request, const Emit& emit) {
  for (const auto& [size, dtype] : sized(request, {{{1'000'000}, DType::f64}, {{100'000'000}, DType::f64}}))
    cases_of(random_array({elements(size)}, dtype), emit);
}

void bench_elementwise(const Request& request, const Emit& emit) {
  for (const auto& [size, dtype] :
       sized(request, {{{10'000}, DType::f64}, {{10'000'000}, DType::f64}, {{10'000'000}, DType::f32}}))
    emit([&, size = size, dtype = dtype] {
      const Array x = random_array({elements(size)}, dtype), y = random_array({elements(size)}, dtype);
      const double bytes = 3 * static_cast<double>(x.size()) * static_cast<double>(size_of(dtype));
      Case c{"elementwise",
             "x+y " + text_of(size),
             dtype,
             [x, y] { eval(Expr(x) + Expr(y)); },
             bytes,
             "GB/s",
             {{Demand::Of::copy, bytes, static_cast<std::int64_t>(bytes)}}};
      c.peers = peer_case("add", x.shape(), dtype);
      if (dtype == DType::f64)
        c.loop = [x, y, out = Array::empty(x.shape(), dtype)] {
          const auto a = x.span<double>(), b = y.span<double>(), to = out.span<double>();
          for (std::size_t i = 0; i < to.size(); ++i) to[i] = a[i] + b[i];
          keep(to[0]);
        };
      return c;
    });
}

}  // namespace fovea::cli
