#include "ops/prepare/row_feed.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "fovea/npy.h"
#include "ops/prepare_image.h"
#include "support/expect_error.h"

namespace fovea::ops {
namespace {

using test::expect_error;

constexpr Index canary = 64;

// A picture whose rows lie apart in memory of exactly their own, so that a read behind a row's slack shows.
class Picture {
 public:
  Picture(Index rows, Index columns, Index channels, unsigned seed)
      : height(rows), pixels(Array::empty({rows, columns, channels}, DType::u8)) {
    std::mt19937 random(seed);
    for (std::uint8_t& value : pixels.span<std::uint8_t>())
      value = static_cast<std::uint8_t>(seed % 3 ? random() : random() % 2 * 255);
  }
  explicit Picture(const Array& of) : height(of.shape()[0]), pixels(of) {}

  // Row y in a block of its own, with `slack` bytes behind it.
  std::vector<std::uint8_t> row(Index y, Index slack) const {
    const Index bytes = pixels.shape()[1] * pixels.shape()[2];
    std::vector<std::uint8_t> copy(static_cast<std::size_t>(bytes + slack), 0xEE);
    std::memcpy(copy.data(), pixels.data() + y * bytes, static_cast<std::size_t>(bytes));
    return copy;
  }

  Index height;
  Array pixels;
};

PrepareImage params_of(Index channels, Index resize, Index crop, const std::string& filter = "bilinear") {
  PrepareImage p;
  p.resize = resize;
  p.crop = crop;
  p.filter = filter;
  p.mean.assign(static_cast<std::size_t>(channels), 0.45);
  p.std.assign(static_cast<std::size_t>(channels), 0.225);
  return p;
}

struct Made {
  std::unique_ptr<Kernel> kernel;
  Shape output;
  const RowFedKernel* fed() const { return dynamic_cast<const RowFedKernel*>(kernel.get()); }
};

Made make(const Row& row, const PrepareImage& p, const Picture& picture) {
  const std::vector<TensorSpec> specs{{DType::u8, picture.pixels.shape()}};
  const Op& op = registry().op("prepare_image");
  Call call{&p, specs, op.infer(&p, specs)};
  if (!row.supports(call)) return {};
  return {row.prepare(call), call.output.shape};
}

std::vector<const Row*> rows_of_cpu() {
  std::vector<const Row*> found;
  for (const Row& row : registry().rows())
    if (row.op == "prepare_image" && row.device == Device::Kind::cpu) found.push_back(&row);
  return found;
}

Array portable(const PrepareImage& p, const Picture& picture) {
  for (const Row* row : rows_of_cpu())
    if (row->variant == "portable") {
      const Made made = make(*row, p, picture);
      Array out = Array::empty(made.output, DType::f32);
      made.kernel->run(Queue{}, {&picture.pixels, 1}, out);
      return out;
    }
  throw std::logic_error("prepare_image has no portable row");
}

// Feeds `most` rows at a time, or by turns 1, 2, ... most for a negative one; from row `first` on.
void feed_all(RowFeed& feed, const Picture& picture, Index first, Index most, Index slack) {
  Index some = most < 0 ? 1 : most;
  for (Index y = first; y < picture.height;) {
    const Index count = std::min(some, picture.height - y);
    std::vector<std::vector<std::uint8_t>> kept;
    std::vector<const std::uint8_t*> rows;
    for (Index r = 0; r < count; ++r) rows.push_back(kept.emplace_back(picture.row(y + r, slack)).data());
    feed.rows(y, rows, slack);
    y += count;
    if (most < 0) some = some % -most + 1;
  }
}

void expect_equal(const float* got, const Array& wanted, const std::string& what) {
  EXPECT_EQ(std::memcmp(got, wanted.data(), static_cast<std::size_t>(wanted.size()) * 4), 0) << what;
}

// Whole and in strips of all kinds, to the portable body's bits and no byte beyond.
void check(const PrepareImage& p, const Picture& picture) {
  const Array wanted = portable(p, picture);
  RowFeed feed;
  for (const Row* row : rows_of_cpu()) {
    const Made made = make(*row, p, picture);
    if (!made.kernel || !made.fed()) continue;
    const RowPlan& plan = made.fed()->plan();
    const std::string what = std::string(row->variant) + " of " + to_string(picture.pixels.shape()) + " to " +
                             std::to_string(p.resize) + ", " + std::to_string(p.crop) + ", " + p.filter;
    std::vector<float> out(static_cast<std::size_t>(wanted.size() + canary));
    for (const Index most : {1, 3, 4, 16, 24, -7, 100000})
      for (const Index slack : {0, 128}) {
        std::fill(out.begin(), out.end(), -7.0f);
        feed.begin(plan, out.data());
        feed_all(feed, picture, most % 2 ? 0 : plan.window.top, most, slack);
        EXPECT_TRUE(feed.done()) << what;
        expect_equal(out.data(), wanted, what + ", strips of " + std::to_string(most));
        for (Index k = 0; k < canary; ++k) EXPECT_EQ(out[static_cast<std::size_t>(wanted.size() + k)], -7.0f) << what;
      }
    std::fill(out.begin(), out.end(), -7.0f);
    feed_picture(feed, plan, reinterpret_cast<const std::uint8_t*>(picture.pixels.data()), picture.height, out.data());
    expect_equal(out.data(), wanted, what + ", whole");
  }
}

TEST(RowFeed, StripsOfAnyHeightGiveThePortableBodysBits) {
  unsigned seed = 1;
  for (const auto& [height, width] : {std::pair<Index, Index>{1, 1},
                                      {2, 2},
                                      {1, 300},
                                      {300, 1},
                                      {5, 7},
                                      {31, 33},
                                      {33, 31},
                                      {97, 61},
                                      {61, 97},
                                      {64, 64},
                                      {375, 500},
                                      {500, 333},
                                      {90, 900}})
    for (const Index channels : {1, 3, 4}) check(params_of(channels, 64, 56), Picture(height, width, channels, seed++));
}

TEST(RowFeed, EveryFilterAndTarget) {
  unsigned seed = 100;
  for (const char* filter : {"nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"})
    for (const auto& [resize, crop] : {std::pair<Index, Index>{16, 16}, {16, 7}, {1, 1}, {100, 33}, {40, 39}})
      check(params_of(3, resize, crop, filter), Picture(50 + seed % 13, 90 - seed % 7, 3, seed)), ++seed;
}

TEST(RowFeed, TheUsualTargetFromUsualSizes) {
  unsigned seed = 200;
  for (const auto& [height, width] : {std::pair<Index, Index>{375, 500},
                                      {256, 256},
                                      {256, 341},
                                      {480, 640},
                                      {600, 800},
                                      {1200, 901},
                                      {1500, 2000},
                                      {2100, 3000}})
    check(params_of(3, 256, 224), Picture(height, width, 3, seed++));
}

TEST(RowFeed, RandomSizes) {
  std::mt19937 random(5);
  const auto any = [&](Index most) { return static_cast<Index>(random() % static_cast<unsigned>(most)) + 1; };
  for (unsigned k = 0; k < 40; ++k) {
    const Index resize = any(80), channels = Index{std::array{1, 3, 3, 4}[k % 4]};
    check(params_of(channels, resize, any(resize), k % 5 ? "bilinear" : "lanczos"),
          Picture(any(200), any(200), channels, 300 + k));
  }
}

// Reciprocals that are not exact enough, or not there.
TEST(RowFeed, NormalisationsThatNeedDivision) {
  PrepareImage p = params_of(3, 64, 50);
  p.std = {2e38, 1e-38, 0.225};
  p.mean = {0.5, 0.1, 1e6};
  check(p, Picture(100, 130, 3, 7));
}

TEST(RowFeed, StripsGiveTorchvisionsBits) {
  for (const char* size : {"97x61", "61x97", "33x33", "300x35", "40x32", "20x31"}) {
    const auto golden = [&](const char* name) {
      return load_npy(FOVEA_TEST_DATA_DIR "/resize/" + std::string(name) + size + ".npy").value();
    };
    const Picture picture(golden("prepare_source_"));
    PrepareImage p;
    p.resize = 32;
    p.crop = 25;
    for (const Row* row : rows_of_cpu()) {
      const Made made = make(*row, p, picture);
      if (!made.kernel || !made.fed()) continue;
      const Array out = Array::empty(made.output, DType::f32);
      RowFeed feed;
      feed.begin(made.fed()->plan(), out.span<float>().data());
      feed_all(feed, picture, 0, 5, 0);
      expect_equal(out.span<float>().data(), golden("prepared_"), std::string(row->variant) + " " + size);
    }
  }
}

TEST(RowFeed, ATunedRowTakesRows) {
  const Picture picture(40, 40, 3, 1);
  const PrepareImage p = params_of(3, 16, 16);
  int fed = 0;
  for (const Row* row : rows_of_cpu()) {
    const Made made = make(*row, p, picture);
    fed += made.kernel && made.fed();
  }
  EXPECT_GE(fed, 1);
}

class OutOfTurn : public testing::Test {
 protected:
  OutOfTurn() : picture(100, 300, 3, 1), p(params_of(3, 50, 40)), out(3 * 40 * 40) {
    for (const Row* row : rows_of_cpu()) {
      made = make(*row, p, picture);
      if (made.kernel && made.fed()) break;
    }
    for (Index y = 0; y < picture.height; ++y)
      pointers.push_back(reinterpret_cast<const std::uint8_t*>(picture.pixels.data()) + y * 900);
    feed.begin(made.fed()->plan(), out.data());
  }
  std::span<const std::uint8_t* const> some(std::size_t first, std::size_t count) const {
    return std::span(pointers).subspan(first, count);
  }

  Picture picture;
  PrepareImage p;
  Made made;
  std::vector<const std::uint8_t*> pointers;
  std::vector<float> out;
  RowFeed feed;
};

TEST_F(OutOfTurn, TheWindowIsWhatTheCropDependsOn) {
  // The crop takes rows 5 to 44 of 50, two of the picture each, and one more a side; columns 55 to 94 of 150.
  const Window& window = made.fed()->plan().window;
  EXPECT_EQ(window.top, 9);
  EXPECT_EQ(window.bottom, 91);
  EXPECT_EQ(window.left, 109);
  EXPECT_EQ(window.right, 191);
}

TEST_F(OutOfTurn, ARowThatIsMissing) {
  feed.rows(0, some(0, 20));
  expect_error(Errc::invalid_argument, "expected row 20 of the picture, got 21", [&] { feed.rows(21, some(21, 1)); });
  expect_error(Errc::invalid_argument, "expected row 20", [&] { feed.rows(90, some(90, 10)); });
}

TEST_F(OutOfTurn, ARowThatComesTwice) {
  feed.rows(0, some(0, 20));
  expect_error(Errc::invalid_argument, "expected row 20 of the picture, got 19", [&] { feed.rows(19, some(19, 4)); });
  feed.rows(20, some(20, 80));
  EXPECT_TRUE(feed.done());
}

TEST_F(OutOfTurn, TheFirstRowOfTheWindowIsMissing) {
  expect_error(Errc::invalid_argument, "expected row 9", [&] { feed.rows(10, some(10, 20)); });
  expect_error(Errc::invalid_argument, "row -1", [&] { feed.rows(-1, some(0, 20)); });
}

TEST_F(OutOfTurn, RowsOfNoPicture) {
  RowFeed none;
  EXPECT_FALSE(none.done());
  expect_error(Errc::invalid_argument, "has begun", [&] { none.rows(0, some(0, 1)); });
}

TEST_F(OutOfTurn, TooFewRowsAreNotDone) {
  feed.rows(0, some(0, 90));
  EXPECT_FALSE(feed.done());
  feed.rows(90, some(90, 1));
  EXPECT_TRUE(feed.done());
}

TEST_F(OutOfTurn, RowsBelowTheWindowAreNoOnesAndNoneIsNothing) {
  feed.rows(0, {});
  feed.rows(9, some(9, 82));
  const std::vector<float> before = out;
  feed.rows(91, some(0, 9));
  EXPECT_TRUE(feed.done());
  EXPECT_EQ(out, before);
}

TEST_F(OutOfTurn, ABrokenOffPictureLeavesNothingBehind) {
  feed.rows(0, some(0, 30));
  feed.begin(made.fed()->plan(), out.data());
  feed_all(feed, picture, 0, 3, 0);
  expect_equal(out.data(), portable(p, picture), "after a picture broken off");
}

}  // namespace
}  // namespace fovea::ops
