#include <gmock/gmock.h>

#include "fovea/ops.h"
#include "fovea/plugin.h"
#include "ops/op.h"
#include "support/expect_error.h"
#include "support/plugin_file.h"

namespace fovea {
namespace {

using test::expect_error;
using test::plugin_file;
using testing::ElementsAre;

class PluginChecks : public testing::Test {
 protected:
  PluginChecks() {
    for (const char* name : {"faults", "values", "twin_a"}) ops::load_plugin(plugin_file(name));
    ops::load_plugin(test::swirl_plugin);
    ops::set_plugin_checks(true);
  }
  ~PluginChecks() override { ops::set_plugin_checks(false); }

  void blamed(const std::string& op, const std::string& part) const {
    expect_error(Errc::internal, op + ": " + part, [&] { ops::apply(op, {}, {&x_, 1}); });
  }
  // 3 x 4, and no byte of it that poison or guards are made of.
  const Array x_ = Array::of<std::uint8_t>(std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {3, 4});
};

TEST_F(PluginChecks, FindEachFault) {
  blamed("writes_behind", "writes up to 12 bytes behind its output; a fault of the plug-in");
  blamed("writes_before", "writes up to 3 bytes before its output");
  blamed("writes_behind_input", "writes up to 1 byte behind its input x");
  blamed("changes_input", "changes its input x, at byte 2");
  blamed("leaves_holes", "leaves 3 elements of its output unwritten, the first at [0, 3]");
  blamed("adds_to_output", "gives other bytes the second time, first at [0, 1]");
  blamed("reads_behind_input", "gives other bytes the second time, first at [2, 3]");
  blamed("not_repeatable", "gives other bytes the second time, first at [0, 0]");
  EXPECT_EQ(x_.span<const std::uint8_t>()[2], 3) << "the caller's input was changed";
}

TEST_F(PluginChecks, LetWhatIsRightPass) {
  EXPECT_THAT(ops::apply("faultless", {}, {&x_, 1}).span<std::uint8_t>(),
              ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
  const Array line = Array::of<std::int32_t>(std::vector<std::int32_t>{5, -6}, {2});
  EXPECT_THAT(ops::apply("twin_a", {}, {&line, 1}).span<std::int32_t>(), ElementsAre(10, -12));
  const Array none = Array::zeros({3, 0}, DType::u8);
  EXPECT_EQ(ops::apply("faultless", {}, {&none, 1}).shape(), (Shape{3, 0}));
}

TEST_F(PluginChecks, KnowTheValuesOfPoisonFromHoles) {
  const std::vector<std::uint8_t> poison{0xA5, 0x5A, 0xA5, 0x5A};
  const Array x = Array::of<std::uint8_t>(poison, {4});
  EXPECT_THAT(ops::apply("faultless", {}, {&x, 1}).span<std::uint8_t>(), testing::ElementsAreArray(poison));
}

TEST_F(PluginChecks, KeepStrides) {
  const Array x = Array::of<double>(std::vector<double>{1, 2, 3, 4, 5, 6}, {2, 3});
  const ops::Params params{{"whole", std::int64_t{1}}};
  const std::vector<Array> inputs{x.transpose().slice(0, {.step = -2}),  // [[3, 6], [1, 4]]
                                  x.slice(0, {0, 1}).broadcast({4, 3})};
  const Array y = ops::apply("values", params, inputs);
  EXPECT_EQ(y.span<double>()[7], 14);
  EXPECT_EQ(y.span<double>()[8], 24);
}

TEST_F(PluginChecks, LetTheErrorsOfABodyThrough) {
  const Array x = Array::of<std::uint8_t>(std::vector<std::uint8_t>{2}, {1});
  expect_error(Errc::unsupported, "fails: eee", [&] { ops::apply("fails", {}, {&x, 1}); });
}

TEST_F(PluginChecks, RefuseTheCudaBody) {
  const ops::Op& op = ops::registry().op("values");
  const auto params = op.bind(op, {{"whole", std::int64_t{1}}});
  const std::vector<ops::TensorSpec> specs{{DType::f64, {2}}};
  ops::Call call{params.get(), specs, op.infer(params.get(), specs)};
  expect_error(Errc::unsupported, "values: expected a run on the cpu",
               [&] { ops::registry().find(op, call, Device::Kind::cuda).prepare(call); });
}

TEST_F(PluginChecks, AreOffUnlessAskedFor) {
  ops::set_plugin_checks(false);
  const Array y = ops::apply("leaves_holes", {}, {&x_, 1});
  EXPECT_EQ(y.span<std::uint8_t>()[4], 5);
}

}  // namespace
}  // namespace fovea
