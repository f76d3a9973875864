#include <gmock/gmock.h>

#include <complex>

#include "fovea/language.h"
#include "fovea/plugin.h"
#include "ops/op.h"
#include "support/expect_error.h"
#include "support/plugin_file.h"

namespace fovea {
namespace {

using test::expect_error;
using test::plugin_file;
using testing::ElementsAre;

Array f64(std::vector<double> values, Shape shape) {
  return Array::of<double>(values, std::move(shape));
}

class PluginCall : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (const char* name : {"values", "throws", "faults", "twin_a"}) ops::load_plugin(plugin_file(name));
    ops::load_plugin(test::swirl_plugin);
  }
  const Array x_ = f64({1, 2, 3, 4, 5, 6}, {2, 3});
};

TEST_F(PluginCall, GetsParametersDefaultsAndInputs) {
  const Array y = ops::apply("values", {{"whole", std::int64_t{7}}}, {&x_, 1});
  EXPECT_THAT(y.span<double>(), ElementsAre(0, 7, 0.5, 0, 2, 12, 1, 21));
  const std::vector<Array> both{x_, f64({100}, {})};
  const Array all = ops::apply("values",
                               {{"yes", true},
                                {"whole", std::int64_t{1}},
                                {"number", std::int64_t{-4}},
                                {"mode", std::string("fancy")},
                                {"weights", std::vector<double>{3, 4, 5}}},
                               both);
  EXPECT_THAT(all.span<double>(), ElementsAre(1, 1, -4, 1, 3, 345, 2, 21, 100));
}

TEST_F(PluginCall, SeesStridesAsTheyAre) {
  const ops::Params params{{"whole", std::int64_t{1}}};
  const Array part = x_.transpose().slice(0, {.step = -2});  // [[3, 6], [1, 4]]
  EXPECT_EQ(ops::apply("values", params, {&part, 1}).span<double>()[7], 14);
  const Array wide = f64({2, 3}, {2, 1}).broadcast({2, 5});
  EXPECT_EQ(ops::apply("values", params, {&wide, 1}).span<double>()[7], 25);
  const Array none = Array::zeros({0, 3}, DType::f64);
  EXPECT_EQ(ops::apply("values", params, {&none, 1}).span<double>()[7], 0);
}

TEST_F(PluginCall, RefusesParametersAsOpsDo) {
  const auto refused = [&](const ops::Params& params, const std::string& part) {
    expect_error(Errc::invalid_argument, part, [&] { ops::apply("values", params, {&x_, 1}); });
  };
  refused({}, "values: whole: expected a value, got none");
  refused({{"whole", std::int64_t{11}}}, "values: whole: expected 1 to 10, got 11");
  refused({{"whole", 2.5}}, "values: whole: expected a whole number");
  refused({{"whole", std::int64_t{1}}, {"mode", std::string("odd")}}, "one of plain, fancy, got odd");
  refused({{"whole", std::int64_t{1}}, {"weights", std::vector<double>{6}}},
          "values: weights: expected -5 to 5, got 6");
  refused({{"while", std::int64_t{1}}}, "there is no parameter of this name");
}

TEST_F(PluginCall, RefusesInputsThatDoNotFit) {
  const ops::Params params{{"whole", std::int64_t{1}}};
  expect_error(Errc::invalid_argument, "values: expected 1 to 2 inputs, got 0",
               [&] { ops::apply("values", params, {}); });
  const Array bytes = Array::zeros({2}, DType::u8);
  expect_error(Errc::invalid_argument, "values: expected inputs of f64", [&] {
    ops::apply("values", params, {&bytes, 1});
  });
  const Array deep = Array::zeros(Shape(17, 1), DType::f64);
  expect_error(Errc::invalid_argument, "at most 16 axes", [&] { ops::apply("values", params, {&deep, 1}); });
}

TEST_F(PluginCall, IsKnownToTheLanguage) {
  const auto run = [&](const std::string& source) {
    return std::get<Array>(language::Program(source).run({{"x", {x_}}}).data);
  };
  EXPECT_THAT(run("values(x, whole=2, yes=True, weights=[4])").span<double>(), ElementsAre(1, 2, 0.5, 0, 1, 4, 1, 21));
  EXPECT_EQ(run("values(x, values(x, whole=1), whole=2)").span<double>()[8], 37.5);  // 1 + 0.5 + 2 + 12 + 1 + 21
  expect_error(Errc::invalid_argument, "expected 1 to 10, got 12", [&] { run("values(x, whole=12)"); });
  expect_error(Errc::invalid_argument, "whole", [&] { run("values(x)"); });
}

TEST_F(PluginCall, ErrorsCarryTheStatusAndTheText) {
  const auto refused = [](const Array& x, const std::string& how, Errc code, const std::string& part) {
    expect_error(code, part, [&] { ops::apply("throws", {{"how", how}}, {&x, 1}); });
  };
  refused(x_, "error", Errc::unsupported, "throws: expected\\x0aless");
  refused(x_, "memory", Errc::out_of_memory, "throws: expected more memory");
  refused(x_, "argument", Errc::invalid_argument, "throws: expected more");
  refused(Array::zeros({1}, DType::i16), "type", Errc::unsupported, "throws: expected u8, f64, got i16");
  refused(x_, "view", Errc::internal, "throws: 3 axes were asked of 2");
  refused(Array::zeros({1, 1, 1}, DType::i16), "view", Errc::internal, "throws: f32 was asked of i16");
  refused(x_, "parallel", Errc::internal, "throws: element 77777");
  refused(x_, "number", Errc::internal, "throws: an exception of unknown type");
}

TEST_F(PluginCall, ErrorsOfCAreCutAndNeverEmpty) {
  for (const auto& [status, code] :
       {std::pair(1, Errc::invalid_argument), std::pair(2, Errc::unsupported), std::pair(3, Errc::out_of_memory),
        std::pair(4, Errc::device), std::pair(5, Errc::internal), std::pair(77, Errc::internal)}) {
    const Array x = Array::of<std::uint8_t>(std::vector<std::uint8_t>{static_cast<std::uint8_t>(status)}, {1});
    expect_error(code, "fails: " + std::string(255, 'e'), [&] { ops::apply("fails", {}, {&x, 1}); });
  }
  const Array silent = Array::of<std::uint8_t>(std::vector<std::uint8_t>{9}, {1});
  expect_error(Errc::internal, "fails: the body failed with status 9 and no text", [&] {
    ops::apply("fails", {}, {&silent, 1});
  });
}

TEST_F(PluginCall, ExceptionsThatShouldNotBeAreCaught) {
  const Array scalar = f64({1}, {}), line = f64({1}, {1});
  expect_error(Errc::internal, "throws_bare: infer threw 'in infer', expected a status; a fault of the plug-in", [&] {
    ops::apply("throws_bare", {}, {&x_, 1});
  });
  expect_error(Errc::internal, "throws_bare: the body threw 'in the body'", [&] {
    ops::apply("throws_bare", {}, {&line, 1});
  });
  expect_error(Errc::internal, "throws_bare: the body threw an exception", [&] {
    ops::apply("throws_bare", {}, {&scalar, 1});
  });
}

TEST_F(PluginCall, RefusesShapesThatCannotBe) {
  const auto refused = [&](const std::string& kind, Errc code, const std::string& part) {
    expect_error(code, "shapes: " + part, [&] { ops::apply("shapes", {{"kind", kind}}, {&x_, 1}); });
  };
  refused("negative", Errc::internal, "infer gave a negative extent: [-4, 3]");
  refused("huge", Errc::internal, "infer gave a shape of 2^63 bytes or more");
  refused("dtype", Errc::internal, "infer gave no element type: 13");
  refused("axes", Errc::internal, "infer gave 17 axes");
  refused("fewer_axes", Errc::internal, "infer gave -1 axes");
  refused("nothing", Errc::internal, "infer gave no element type: -1");
  refused("fails", Errc::invalid_argument, "expected a reason");
}

TEST_F(PluginCall, TheCudaBodyGetsStreamAndDevice) {
  const ops::Op& op = ops::registry().op("values");
  const auto params = op.bind(op, {{"whole", std::int64_t{1}}});
  const std::vector<ops::TensorSpec> specs{{DType::f64, {2}}};
  ops::Call call{params.get(), specs, op.infer(params.get(), specs)};
  const ops::Row& row = ops::registry().find(op, call, Device::Kind::cuda);
  EXPECT_EQ(row.variant, "plugin");
  std::vector<double> memory(8), input(2);
  const Array x = Array::borrow(input.data(), {2}, DType::f64, nullptr, Device::cuda(3));
  const Array y = Array::borrow(memory.data(), {8}, DType::f64, nullptr, Device::cuda(3));
  double stream = 42;
  row.prepare(call)->run(Queue{&stream}, {&x, 1}, y);
  EXPECT_THAT(memory, testing::Contains(42));
  EXPECT_EQ(memory[0], 42);
  EXPECT_EQ(memory[1], 3);
  EXPECT_EQ(memory[2], 1);
}

TEST_F(PluginCall, BlockedChannelsAreNotItsBusiness) {
  const ops::Op& op = ops::registry().op("values");
  const auto params = op.bind(op, {{"whole", std::int64_t{1}}});
  const std::vector<ops::TensorSpec> specs{{DType::f64, {1, 8, 2, 2}, 8}};
  ops::Call call{params.get(), specs, op.infer(params.get(), specs)};
  expect_error(Errc::unsupported, "values: no cpu kernel for f64[1, 8, 2, 2]",
               [&] { ops::registry().find(op, call, Device::Kind::cpu); });
}

// The example against the map that its summary speaks of, by complex numbers: z turns by angle (1 - |z| / radius)^2.
TEST_F(PluginCall, SwirlTurnsThePlane) {
  constexpr int height = 9, width = 14;
  constexpr double angle = 1.3, radius = 0.5 * width;
  std::vector<float> ramp;  // linear, so that bilinear samples are exact
  for (int r = 0; r < height; ++r)
    for (int c = 0; c < width; ++c) ramp.insert(ramp.end(), {static_cast<float>(r), static_cast<float>(c)});
  const Array x = Array::of<float>(ramp, {height, width, 2});
  const Array y = ops::apply("swirl", {{"angle", angle}}, {&x, 1});
  const std::complex<double> centre((width - 1) / 2.0, (height - 1) / 2.0);
  for (int r = 0; r < height; ++r)
    for (int c = 0; c < width; ++c) {
      const std::complex<double> z = std::complex<double>(c, r) - centre;
      const double rest = std::max(0.0, 1 - std::abs(z) / radius);
      const std::complex<double> from = centre + z * std::polar(1.0, -angle * rest * rest);
      const auto at = static_cast<std::size_t>((r * width + c) * 2);
      EXPECT_NEAR(y.span<float>()[at], std::clamp(from.imag(), 0.0, height - 1.0), 1e-4) << r << " " << c;
      EXPECT_NEAR(y.span<float>()[at + 1], std::clamp(from.real(), 0.0, width - 1.0), 1e-4) << r << " " << c;
    }
}

TEST_F(PluginCall, SwirlByNothingIsThePicture) {
  std::vector<std::uint8_t> pixels(6 * 5 * 3);
  for (std::size_t k = 0; k < pixels.size(); ++k) pixels[k] = static_cast<std::uint8_t>(k * 37);
  const Array x = Array::of<std::uint8_t>(pixels, {6, 5, 3});
  EXPECT_THAT(ops::apply("swirl", {{"angle", 0.0}}, {&x, 1}).span<std::uint8_t>(), testing::ElementsAreArray(pixels));
  const Array turned = x.slice(1, {.step = -1}), copy = turned.copy();
  EXPECT_THAT(ops::apply("swirl", {}, {&turned, 1}).span<std::uint8_t>(),
              testing::ElementsAreArray(ops::apply("swirl", {}, {&copy, 1}).span<std::uint8_t>()));
  const Array flat = Array::zeros({6, 5}, DType::u8);
  expect_error(Errc::invalid_argument, "swirl: expected an image", [&] { ops::apply("swirl", {}, {&flat, 1}); });
}

}  // namespace
}  // namespace fovea
