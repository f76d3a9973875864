#pragma once
#include <cmath>

#include "kernel/resample.h"
#include "ops/op.h"

namespace fovea::ops {

// torchvision's Resize, CenterCrop, ToTensor and Normalize as one op: u8 [height, width, channels] -> f32 [channels,
// crop, crop].
struct PrepareImage {
  std::int64_t resize = 256, crop = 224;
  std::string filter = "bilinear";
  std::vector<double> mean{0.485, 0.456, 0.406}, std{0.229, 0.224, 0.225};
  std::vector<double> scaled_from;

  template <class F>
  void fields(F&& f) {
    f("resize", resize, "pixels of the shorter side", Range{1, 16384});
    f("crop", crop, "side of the centre square that is kept; at most resize", Range{1, 16384});
    f("filter", filter, "Pillow's filters, antialiased",
      Choices{{"nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"}});
    f("mean", mean, "subtracted from values in 0..1, one a channel");
    f("std", std, "divides what is left, one a channel");
    f("scaled_from", scaled_from,
      "height and width of the picture that this one was scaled down from, whose proportions count", Range{1, 1 << 20});
  }
};

// Where the crop lies in the scaled picture. The longer side truncates and offsets round half to even, as torchvision
// does.
struct PrepareGeometry {
  Index height, width, top, left;

  PrepareGeometry(const PrepareImage& p, Index rows, Index columns) {
    if (!p.scaled_from.empty()) {
      rows = static_cast<Index>(p.scaled_from[0]);
      columns = static_cast<Index>(p.scaled_from[1]);
    }
    const Index longer = rows < columns ? columns : rows, shorter = rows < columns ? rows : columns;
    const Index scaled = p.resize * longer / shorter;
    height = rows <= columns ? p.resize : scaled;
    width = rows <= columns ? scaled : p.resize;
    top = half_to_even(height - p.crop);
    left = half_to_even(width - p.crop);
  }

 private:
  static Index half_to_even(Index n) { return n / 2 + (n % 2 && n / 2 % 2); }
};

}  // namespace fovea::ops
