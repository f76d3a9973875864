// Ops that throw: through the C++ part of fovea_op.h, from a parallel body too, and bare, which is against the rules.
#include <fovea_op.h>

#include <cstring>

using namespace fovea::plugin;

struct Throws : Op {
  static constexpr const char* name = "throws";
  static constexpr const char* summary = "fails as it is told";
  static constexpr const char* inputs[] = {"x"};
  std::string how = "error";

  template <class F>
  void fields(F&& field) {
    field("how", how, "what to throw", choices({"error", "memory", "argument", "type", "view", "parallel", "number"}));
  }
  Spec infer(const std::vector<Spec>& in) const { return in[0]; }
  void cpu(const Call& call) const {
    if (how == "error") throw Error(FOVEA_UNSUPPORTED, "expected\nless");
    if (how == "memory") throw std::bad_alloc();
    if (how == "argument") throw std::invalid_argument("throws: expected more");
    if (how == "type") with_type<std::uint8_t, double>(call.input(0).dtype, [](auto) {});
    if (how == "view") (void)call.in<float, 3>(0);
    if (how == "parallel")
      call.for_each(
          100000,
          [](std::int64_t i) {
            if (i == 77777) throw std::runtime_error("element " + std::to_string(i));
          },
          1);
    if (how == "number") throw 7;
  }
};

static int bare_infer(const fovea_query* query) {
  query->output->dtype = query->inputs[0]->dtype;
  query->output->ndim = 0;
  if (query->inputs[0]->ndim == 2) throw std::runtime_error("in infer");
  return FOVEA_OK;
}
static int bare_run(const fovea_call* call) {
  if (call->inputs[0]->ndim == 1) throw std::runtime_error("in the body");
  throw 7;
}

const fovea_plugin* fovea_op_plugin(void) {
  static const char* const inputs[] = {"x", nullptr};
  static const fovea_op bare = {sizeof(fovea_op), "throws_bare", "throws through C", inputs, nullptr, 0, bare_infer,
                                bare_run,         nullptr};
  static const fovea_op* const ops[] = {detail::declared<Throws>(), &bare, nullptr};
  static const fovea_plugin plugin = {FOVEA_OP_ABI, sizeof(fovea_plugin), ops};
  return &plugin;
}
