#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>

#include "base/threads.h"
#include "kernel/lane_order.h"
#include "ops/cuda/box_tile.h"
#include "ops/cuda/correlate_tile.h"
#include "ops/cuda/plane_mean.h"
#include "ops/cuda/prepare_image_kernel.h"
#include "ops/cuda/resize_kernel.h"
#include "ops/cuda/transpose_tile.h"
#include "suites/op_cases.h"

// The bodies of the tuned CUDA rows, run by the host's launchers in every order of the lanes, against the portable
// rows.
namespace fovea {
namespace {

using ops::Params;

template <class Run>
void in_every_lane_order(const Run& run) {
  for (LaneOrder order : {LaneOrder::forward, LaneOrder::reversed, LaneOrder::shuffled}) {
    const ThreadLimit one(1);
    SCOPED_TRACE(static_cast<int>(order));
    lane_order_now = order;
    run();
    lane_order_now = LaneOrder::forward;
  }
}

Array portable(const char* op, const Params& params, const std::vector<Array>& inputs) {
  setenv("FOVEA_VARIANT", "portable", 1);
  Array result = ops::apply(op, params, inputs);
  unsetenv("FOVEA_VARIANT");
  return result;
}

// What a kernel's call needs, kept alive; run() fills a result whose bytes were all 0xA5.
struct Prepared {
  Prepared(const char* op, const Params& params, std::vector<Array> in) : inputs(std::move(in)) {
    const ops::Op& declared = ops::registry().op(op);
    bound = declared.bind(declared, params);
    for (const Array& input : inputs) specs.push_back({input.dtype(), input.shape()});
    call = {bound.get(), specs, declared.infer(bound.get(), specs)};
  }
  Array fresh() const {
    Array out = Array::empty(call.output.shape, call.output.dtype);
    std::memset(out.data(), 0xA5, static_cast<std::size_t>(out.size()) * size_of(out.dtype()));
    return out;
  }
  std::vector<Array> inputs;
  std::shared_ptr<void> bound;
  std::vector<ops::TensorSpec> specs;
  ops::Call call;
};

void expect_same_bits(const Array& got, const Array& wanted) {
  ASSERT_EQ(got.shape(), wanted.shape());
  EXPECT_EQ(0, std::memcmp(got.data(), wanted.data(), static_cast<std::size_t>(got.size()) * size_of(got.dtype())));
}

template <class T>
void expect_ulps(const Array& got, const Array& wanted, double ulps) {
  ASSERT_EQ(got.shape(), wanted.shape());
  const auto a = got.span<const T>(), b = wanted.span<const T>();
  for (std::size_t k = 0; k < a.size(); ++k) {
    const double ulp = static_cast<double>(std::nextafter(std::abs(b[k]), T{1e30f}) - std::abs(b[k]));
    ASSERT_NEAR(a[k], b[k], ulps * ulp + 1e-16) << "element " << k;
  }
}

TEST(TransposeTile, CopiesWhatTheStridesSay) {
  in_every_lane_order([] {
    for (const DType type : {DType::u8, DType::u16, DType::f32, DType::f64, DType::c128})
      for (const Shape& shape : {Shape{1, 1}, Shape{31, 33}, Shape{64, 32}, Shape{3, 40, 5}, Shape{2, 3, 35, 34}}) {
        const Array x = test::random_array(shape, type, 1);
        const int last = x.ndim() - 1;
        for (const Array& view : {x.transpose(), x.transpose().slice(0, {.step = -1}),
                                  x.slice(last, {.step = 2}).transpose(), x.transpose().slice(last, {.step = -3}), x}) {
          const Array wanted = view.copy(), got = Array::empty(view.shape(), type);
          std::memset(got.data(), 0xA5, static_cast<std::size_t>(got.size()) * size_of(type));
          ops::with_bits(type, [&](auto bits) {
            using T = decltype(bits);
            ops::cpu::copy_tiled(Queue{}, reinterpret_cast<const T*>(view.data()), reinterpret_cast<T*>(got.data()),
                                 ops::strided(view, "test"), view.size());
          });
          expect_same_bits(got, wanted);
        }
      }
  });
}

TEST(TransposeTile, TakesTilesOnlyWhereTheLastAxisLiesApart) {
  const Array x = test::random_array({4, 5, 6}, DType::f32, 2);
  const auto nearest = [](const Array& a) { return ops::cpu::nearest_axis(ops::strided(a, "test")); };
  EXPECT_EQ(nearest(x), -1);
  EXPECT_EQ(nearest(x.transpose()), 0);
  EXPECT_EQ(nearest(x.expand_dims(0).broadcast({7, 4, 5, 6})), -1);
  EXPECT_EQ(nearest(x[0].expand_dims(2).broadcast({5, 6, 7})), -1);  // a repeated last axis reads one element
}

TEST(Strided, MergesAxesThatLieAsOne) {
  const Array x = test::random_array({4, 5, 6}, DType::u8, 3);
  EXPECT_EQ(ops::strided(x, "test").axes, 1);
  EXPECT_EQ(ops::strided(x.slice(2, {.step = 2}), "test").axes, 1);
  EXPECT_EQ(ops::strided(x.slice(1, {.stop = 3}), "test").axes, 2);
  EXPECT_EQ(ops::strided(x.transpose(), "test").axes, 3);
  Array many = test::random_array(Shape(17, 2), DType::u8, 4);
  EXPECT_THROW(ops::strided(many.transpose(), "test"), Error);
}

template <class T>
void check_box(DType type, double ulps) {
  for (const char* border : {"reflect", "nearest", "wrap", "mirror", "constant"})
    for (const Shape& shape : {Shape{1, 1}, Shape{9, 65}, Shape{17, 70, 3}, Shape{8, 33, 4}, Shape{30, 2, 2}})
      for (const auto& size :
           {std::vector<double>{1}, std::vector<double>{3}, std::vector<double>{15}, std::vector<double>{2, 14}}) {
        const Prepared p("box_filter", {{"size", size}, {"border", std::string(border)}, {"value", 7.0}},
                         {test::random_array(shape, type, 5)});
        ASSERT_TRUE(ops::cpu::box_fits_tile(p.call));
        const Array out = p.fresh();
        ops::cpu::box_tiled<T>(p.call.as<ops::BoxFilter>(), Queue{}, p.inputs[0], out);
        const Array wanted =
            portable("box_filter", {{"size", size}, {"border", std::string(border)}, {"value", 7.0}}, p.inputs);
        if constexpr (std::is_floating_point_v<T>)
          expect_ulps<T>(out, wanted, ulps);
        else
          expect_same_bits(out, wanted);
      }
}

TEST(BoxTile, HasThePortableMeans) {
  in_every_lane_order([] {
    check_box<std::uint8_t>(DType::u8, 0);
    check_box<std::int16_t>(DType::i16, 0);
    check_box<std::int32_t>(DType::i32, 0);
    check_box<float>(DType::f32, 1);
  });
}

TEST(BoxTile, RefusesWindowsAndChannelsThatItsMemoryDoesNotHold) {
  const auto fits = [](double window, std::int64_t channels) {
    return ops::cpu::box_fits_tile(Prepared("box_filter", {{"size", std::vector<double>{3, window}}},
                                            {test::random_array({4, 4, channels}, DType::u8, 6)})
                                       .call);
  };
  EXPECT_TRUE(fits(15, 4));
  EXPECT_FALSE(fits(16, 4));
  EXPECT_FALSE(fits(15, 5));
}

TEST(CorrelateTile, HasThePortableBits) {
  in_every_lane_order([] {
    for (const char* op : {"correlate2d", "convolve2d"})
      for (const char* mode : {"full", "same", "valid"})
        for (const char* boundary : {"fill", "wrap", "reflect", "nearest"})
          for (const DType type : {DType::f32, DType::f64}) {
            const Params params{{"mode", std::string(mode)}, {"boundary", std::string(boundary)}, {"fillvalue", 0.5}};
            const Array image = test::random_array({35, 37, 2}, type, 7).slice(0, {.step = -2});
            const Array kernel = test::random_array({15, 4}, type, 8).slice(1, {.step = -1});
            const Prepared p(op, params, {image, kernel});
            ASSERT_TRUE(ops::cpu::correlates_tiled(p.call));
            const Array out = p.fresh();
            if (op == std::string("correlate2d"))
              ops::cpu::correlate_tiled<false>(p.call.as<ops::Correlate>(), Queue{}, p.inputs, out);
            else
              ops::cpu::correlate_tiled<true>(p.call.as<ops::Correlate>(), Queue{}, p.inputs, out);
            expect_same_bits(out, portable(op, params, p.inputs));
          }
  });
}

TEST(CorrelateTile, RefusesLargeKernelsSwappedOperandsAndOtherTypes) {
  const auto takes = [](const Shape& image, const Shape& kernel, DType type, const Params& params) {
    return ops::cpu::correlates_tiled(
        Prepared("correlate2d", params, {test::random_array(image, type, 9), test::random_array(kernel, type, 10)})
            .call);
  };
  EXPECT_TRUE(takes({20, 20}, {15, 15}, DType::f32, {}));
  EXPECT_FALSE(takes({20, 20}, {16, 15}, DType::f32, {}));
  EXPECT_FALSE(takes({20, 20}, {3, 3}, DType::i32, {}));
  EXPECT_FALSE(takes({2, 2}, {3, 3}, DType::f32, {{"mode", std::string("valid")}}));
  EXPECT_FALSE(takes({20, 20}, {3, 3}, DType::f32, {{"method", std::string("fft")}}));
}

TEST(ResizeTile, HasThePortableBits) {
  in_every_lane_order([] {
    for (const char* filter : {"nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"})
      for (const std::int64_t channels : {1, 3, 5})
        for (auto [height, width] : {std::pair<std::int64_t, std::int64_t>{1, 1}, {13, 60}, {70, 17}}) {
          const Params params{{"height", height}, {"width", width}, {"filter", std::string(filter)}};
          const Prepared p("resize", params, {test::random_array({50, 47, channels}, DType::u8, 11)});
          if (!ops::cpu::resizes_tiled(p.call)) {
            ASSERT_EQ(height, 1);
            continue;
          }
          const Array out = p.fresh();
          ops::cpu::TiledResize(p.call).run(Queue{}, p.inputs, out);
          expect_same_bits(out, portable("resize", params, p.inputs));
        }
  });
}

TEST(ResizeTile, TilesFarDownATallPictureLoadTheirOwnRowsOnly) {
  in_every_lane_order([] {
    const Params params{{"height", std::int64_t{250}}, {"width", std::int64_t{9}}};
    const Prepared p("resize", params, {test::random_array({500, 11, 3}, DType::u8, 14)});
    const Array out = p.fresh();
    ops::cpu::TiledResize(p.call).run(Queue{}, p.inputs, out);
    expect_same_bits(out, portable("resize", params, p.inputs));
  });
}

TEST(ResizeTile, PreparesPicturesToThePortableBits) {
  in_every_lane_order([] {
    for (const Shape& shape : {Shape{40, 61, 3}, Shape{90, 33, 3}}) {
      const Params params{{"resize", std::int64_t{36}}, {"crop", std::int64_t{35}}};
      const Prepared p("prepare_image", params, {test::random_array(shape, DType::u8, 12)});
      ASSERT_TRUE(ops::cpu::prepares_tiled(p.call));
      const Array out = p.fresh();
      ops::cpu::TiledPrepareImage(p.call).run(Queue{}, p.inputs, out);
      expect_same_bits(out, portable("prepare_image", params, p.inputs));
    }
  });
}

// The bound by which calls are refused holds for every filter, so that no tile reaches past its shared memory.
TEST(ResizeTile, NoTileNeedsMoreRowsThanItsBound) {
  constexpr Index rows = ops::cpu::ResizeTile<int>::rows;
  for (const char* filter : {"nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"})
    for (const Index in : {1, 2, 7, 100, 333, 1000})
      for (const Index out : {1, 3, 16, 50, 99, 400}) {
        const Taps taps = make_taps(in, out, 0, out, filter);
        for (Index row = 0; row < out; row += rows) {
          const auto first = static_cast<std::size_t>(row),
                     last = static_cast<std::size_t>(std::min(row + rows, out) - 1);
          const Index needed = taps.first[last] + taps.count[last] - taps.first[first];
          EXPECT_LE(static_cast<double>(needed), ops::cpu::tile_source_rows(in, out, filter))
              << filter << in << " " << out;
        }
      }
}

TEST(PlaneMean, IsWithinAnUlpOfThePortableMean) {
  in_every_lane_order([] {
    for (const DType type : {DType::f32, DType::f16, DType::bf16, DType::u8, DType::i8})
      for (const Shape& shape : {Shape{1, 1, 1, 1}, Shape{2, 3, 7, 9}, Shape{1, 5, 31, 40}}) {
        const Prepared p("global_avg_pool", {}, {test::random_array(shape, type, 13)});
        const Array out = p.fresh();
        ops::cpu::plane_means(Queue{}, p.inputs[0], out);
        expect_ulps<float>(out, portable("global_avg_pool", {}, p.inputs), 1);
      }
  });
}

}  // namespace
}  // namespace fovea
