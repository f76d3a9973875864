// An op of one's own. With the header of an installed Fovea, or -I and its folder:
//   g++ -std=c++17 -O2 -shared -fPIC swirl.cpp -o swirl.so
//   nvcc -std=c++17 -O2 -x cu -shared -Xcompiler -fPIC swirl.cpp -o swirl.so    with the CUDA body too
//   fovea op run swirl photo.jpg -o swirled.ppm --angle 2 --plugin swirl.so
#include <fovea_op.h>

#include <algorithm>
#include <cmath>

using namespace fovea::plugin;

// One pixel of the result: the picture turned about its centre by an angle that falls to nothing at the radius.
template <class T>
struct SwirlPixel {
  View<const T, 3> x;
  View<T, 3> y;
  float angle, radius;  // radians; pixels

  FOVEA_OP_HD void operator()(std::int64_t pixel) const {
    const std::int64_t row = pixel / y.extent[1], column = pixel % y.extent[1];
    const float middle_row = float(y.extent[0] - 1) / 2, middle_column = float(y.extent[1] - 1) / 2;
    const float down = float(row) - middle_row, right = float(column) - middle_column;
    const float rest = 1 - std::sqrt(down * down + right * right) / radius;
    const float turn = rest > 0 ? angle * rest * rest : 0;
    const float c = std::cos(turn), s = std::sin(turn);
    sample(row, column, middle_row + c * down - s * right, middle_column + c * right + s * down);
  }

  // Bilinear; beyond the border the nearest pixel.
  FOVEA_OP_HD void sample(std::int64_t row, std::int64_t column, float from_row, float from_column) const {
    from_row = std::fmin(std::fmax(from_row, 0.f), float(y.extent[0] - 1));
    from_column = std::fmin(std::fmax(from_column, 0.f), float(y.extent[1] - 1));
    const auto r0 = std::int64_t(from_row), c0 = std::int64_t(from_column);
    const auto r1 = r0 + 1 < y.extent[0] ? r0 + 1 : r0, c1 = c0 + 1 < y.extent[1] ? c0 + 1 : c0;
    const float v = from_row - float(r0), u = from_column - float(c0), half = std::is_integral<T>::value ? 0.5f : 0.f;
    for (std::int64_t k = 0; k < y.extent[2]; ++k) {
      const float above = (1 - u) * float(x(r0, c0, k)) + u * float(x(r0, c1, k));
      const float below = (1 - u) * float(x(r1, c0, k)) + u * float(x(r1, c1, k));
      y(row, column, k) = T((1 - v) * above + v * below + half);
    }
  }
};

struct Swirl : Op {
  static constexpr const char* name = "swirl";
  static constexpr const char* summary = "turns a picture about its centre, the more the nearer to it";
  static constexpr const char* inputs[] = {"image"};
  static constexpr bool strided = true;
  double angle = 3, radius = 0.5;

  template <class F>
  void fields(F&& field) {
    field("angle", angle, "turn at the centre in radians, clockwise", range(-100, 100));
    field("radius", radius, "where the turn ends, as a share of the longer side", range(0.001, 10));
  }

  Spec infer(const std::vector<Spec>& in) const {
    require(in[0].shape.size() == 3, "expected an image [height, width, channels]");
    require(in[0].dtype == FOVEA_U8 || in[0].dtype == FOVEA_F32, "expected u8 or f32, got " + dtype_name(in[0].dtype));
    return in[0];
  }

  template <class Launch>
  void run(const Call& call, Launch launch) const {
    const std::int64_t height = call.output().shape[0], width = call.output().shape[1];
    with_type<std::uint8_t, float>(call.output().dtype, [&](auto zero) {
      using T = decltype(zero);
      launch(height * width, SwirlPixel<T>{call.in<T, 3>(0), call.out<T, 3>(), float(angle),
                                           float(radius * double(std::max(height, width)))});
    });
  }

  void cpu(const Call& call) const {
    run(call, [&](std::int64_t pixels, const auto& body) { call.for_each(pixels, body); });
  }
#if defined(__CUDACC__)
  void cuda(const Call& call) const {
    run(call, [&](std::int64_t pixels, const auto& body) { call.launch(pixels, body); });
  }
#endif
};

FOVEA_PLUGIN(Swirl)
