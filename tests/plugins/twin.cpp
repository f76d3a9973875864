// Plug-ins that name their struct alike and differ in what it does: TWIN multiplies by FACTOR, in parallel.
#include <fovea_op.h>

using namespace fovea::plugin;

struct Twin : Op {
  static constexpr const char* name = TWIN;
  static constexpr const char* summary = "multiplies by a number of its own";
  static constexpr const char* inputs[] = {"x"};

  Spec infer(const std::vector<Spec>& in) const {
    require(in[0].shape.size() == 1, "expected one axis, got " + std::to_string(in[0].shape.size()));
    return in[0];
  }
  void cpu(const Call& call) const {
    with_type<std::int32_t, float>(call.output().dtype, [&](auto zero) {
      using T = decltype(zero);
      const auto x = call.in<T, 1>(0);
      const auto y = call.out<T, 1>();
      call.for_each(
          y.extent[0], [=](std::int64_t i) { y(i) = FACTOR * x(i); }, 1);
    });
  }
};

FOVEA_PLUGIN(Twin)
