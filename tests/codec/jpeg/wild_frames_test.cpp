// Frames and coefficients that no encoder makes: vectors give what plain loops give, and nothing outside is touched.
#include <gtest/gtest.h>

#include <random>

#include "codec/jpeg/reconstruction.h"
#include "fovea/memory.h"
#include "support/each_target.h"

namespace fovea {
namespace {

using namespace test;
using codec::jpeg::Colour;
using codec::jpeg::Component;
using codec::jpeg::Frame;
using codec::jpeg::Geometry;
using codec::jpeg::Kernels;
using codec::jpeg::McuRow;
using codec::jpeg::Range;
using codec::jpeg::Reconstruction;
using codec::jpeg::RowFormat;
using codec::jpeg::Window;

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  int upto(int most) { return static_cast<int>(random_() % static_cast<unsigned>(most + 1)); }
  bool one_in(int n) { return upto(n - 1) == 0; }
  std::int16_t word() { return static_cast<std::int16_t>(random_()); }

 private:
  std::mt19937 random_;
};

Frame any_frame(Dice& dice) {
  Frame frame;
  frame.width = 1 + dice.upto(150);
  frame.height = 1 + dice.upto(60);
  frame.colour = dice.one_in(4) ? Colour::grey : dice.one_in(4) ? Colour::rgb : Colour::ycc;
  frame.count = frame.colour == Colour::grey ? 1 : 3;
  for (int c = 0; c < frame.count; ++c) {
    Component& component = frame.components[static_cast<std::size_t>(c)];
    component.h = frame.count == 1 ? 1 : 1 + dice.upto(3);
    component.v = frame.count == 1 ? 1 : 1 + dice.upto(3);
    frame.most_h = std::max(frame.most_h, component.h);
    frame.most_v = std::max(frame.most_v, component.v);
    const bool small = dice.one_in(2);
    for (auto& q : component.quantization)
      q = small ? static_cast<std::uint16_t>(1 + dice.upto(30)) : static_cast<std::uint16_t>(dice.word());
  }
  frame.mcus_across = (frame.width + 8 * frame.most_h - 1) / (8 * frame.most_h);
  frame.mcus_down = (frame.height + 8 * frame.most_v - 1) / (8 * frame.most_v);
  for (Component& component : frame.components) {
    component.blocks_across = frame.mcus_across * component.h;
    component.blocks_down = frame.mcus_down * component.v;
  }
  return frame;
}

// Rows of MCUs, each component's in a block of memory of its own and of its exact size.
using Blocks = std::vector<std::array<std::vector<std::int16_t>, 3>>;

Blocks any_blocks(Dice& dice, const Frame& frame, const Geometry& geometry) {
  Blocks rows(static_cast<std::size_t>(frame.mcus_down));
  for (auto& row : rows)
    for (std::size_t c = 0; c < static_cast<std::size_t>(frame.count); ++c) {
      const Component& component = frame.components[c];
      const int each = codec::jpeg::block_coefficients(geometry.planes[c].size), spread = 1 + dice.upto(20);
      const bool small = dice.one_in(2);
      row[c].resize(static_cast<std::size_t>(component.v * component.blocks_across * each));
      for (auto& k : row[c])
        if (dice.one_in(spread)) k = small ? static_cast<std::int16_t>(dice.upto(60) - 30) : dice.word();
    }
  return rows;
}

Window any_window(Dice& dice, const Geometry& geometry) {
  Window window;
  window.left = dice.upto(geometry.width - 1);
  window.top = dice.upto(geometry.height - 1);
  window.right = window.left + 1 + dice.upto(geometry.width - window.left - 1);
  window.bottom = window.top + 1 + dice.upto(geometry.height - window.top - 1);
  return window;
}

std::vector<std::uint8_t> pixels(const Frame& frame, const Geometry& geometry, const Window& window,
                                 const Blocks& blocks, bool past_caches, const Kernels& kernels) {
  Reconstruction reconstruction(frame, geometry, window, RowFormat::rgb, host_memory(), kernels);
  const int width = window.right - window.left;
  std::vector<std::uint8_t> out(static_cast<std::size_t>(3 * width * (window.bottom - window.top)));
  const Range needed = reconstruction.mcu_rows();
  for (int i = needed.begin; i < needed.end; ++i) {
    McuRow row;
    for (std::size_t c = 0; c < 3; ++c) row.blocks[c] = blocks[static_cast<std::size_t>(i)][c].data();
    const Range made = reconstruction.add(row);
    for (int y = made.begin; y < made.end; ++y)
      reconstruction.write(y, out.data() + 3 * width * (y - window.top), past_caches);
  }
  return out;
}

TEST(WildFrames, VectorsGiveWhatPlainLoopsGive) {
  int made = 0;
  for (unsigned seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE(seed);
    Dice dice(seed);
    const Frame frame = any_frame(dice);
    const std::optional<Geometry> geometry = codec::jpeg::geometry(frame, 1 + dice.upto(7));
    if (!geometry) continue;
    ++made;
    const Blocks blocks = any_blocks(dice, frame, *geometry);
    const Window window = any_window(dice, *geometry);
    const auto with = [&](const Kernels& kernels, bool past_caches) {
      return pixels(frame, *geometry, window, blocks, past_caches, kernels);
    };
    const std::vector<std::uint8_t> wanted = with(codec::jpeg::plain_kernels(), false);
    each_target([&] { EXPECT_EQ(with(codec::jpeg::simd_kernels(), false), wanted); });
    EXPECT_EQ(with(codec::jpeg::best_kernels(), seed % 2 == 0), wanted);
  }
  EXPECT_GT(made, 150);
}

TEST(WildFrames, TheLargestFrameTakesTwoRowsOfMcus) {
  Frame frame;
  frame.width = frame.height = 65535;
  frame.count = 3;
  frame.colour = Colour::ycc;
  frame.most_h = frame.most_v = 4;
  frame.mcus_across = frame.mcus_down = 2048;
  for (Component& component : frame.components) component = {1, 4, 4, 8192, 8192, {}};
  const Geometry geometry = *codec::jpeg::geometry(frame, 8);
  EXPECT_EQ(geometry.planes[2].width, 65535);
  // 64 rows of each, a row more of each, and sums.
  EXPECT_LT(Reconstruction::bytes(frame, geometry, {0, 0, 65535, 65535}), 3 * 65 * 65664 + 2 * 65664 + 1000);
}

}  // namespace
}  // namespace fovea
