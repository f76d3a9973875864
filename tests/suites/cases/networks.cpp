#include <string>

#include "suites/op_cases.h"

namespace fovea::test {
namespace {

using P = ops::Params;

std::int64_t i(std::int64_t value) {
  return value;
}

void convolutions(std::vector<OpCase>& cases) {
  struct Shape4 {
    std::int64_t n, c, h, w, k, window, stride, padding, groups;
  };
  const Shape4 shapes[] = {
      {1, 3, 7, 9, 16, 3, 1, 1, 1},   {2, 3, 32, 32, 64, 7, 2, 3, 1}, {1, 16, 1, 1, 16, 1, 1, 0, 1},
      {3, 16, 8, 8, 32, 3, 2, 1, 1},  {1, 24, 17, 5, 48, 3, 1, 1, 1}, {2, 64, 14, 14, 10, 1, 2, 0, 1},
      {1, 32, 9, 9, 32, 3, 1, 1, 32}, {8, 1, 28, 28, 20, 5, 1, 2, 1}, {2, 32, 9, 14, 64, 3, 1, 1, 1},
      {5, 48, 7, 7, 32, 3, 1, 1, 1},  {1, 64, 1, 3, 96, 3, 1, 1, 1},  {3, 16, 21, 23, 32, 3, 1, 1, 1},
      {2, 4, 19, 12, 33, 7, 2, 2, 1}};
  unsigned seed = 1;
  for (const Shape4& s : shapes)
    for (const char* activation : {"none", "relu", "relu6"}) {
      const P params{
          {"stride", s.stride}, {"padding", s.padding}, {"groups", s.groups}, {"activation", std::string(activation)}};
      std::vector<Array> inputs{random_array({s.n, s.c, s.h, s.w}, DType::f32, seed++),
                                random_array({s.k, s.c / s.groups, s.window, s.window}, DType::f32, seed++),
                                random_array({s.k}, DType::f32, seed++)};
      cases.push_back({"conv2d", params, inputs});
      const Array plain = ops::apply("conv2d", params, inputs);
      inputs.push_back(random_array(plain.shape(), DType::f32, seed++));
      cases.push_back({"conv2d", params, inputs});
    }
}

// Channels of networks, and strange ones.
void low_precision(std::vector<OpCase>& cases) {
  struct Shape4 {
    std::int64_t n, c, h, w, k, window, stride, padding, groups;
  };
  const Shape4 shapes[] = {{1, 3, 15, 17, 16, 7, 2, 0, 1},
                           {2, 64, 9, 7, 64, 3, 1, 1, 1},
                           {1, 64, 14, 14, 128, 1, 2, 0, 1},
                           {3, 20, 8, 8, 10, 3, 2, 1, 1},
                           {1, 32, 9, 9, 32, 3, 1, 1, 32}};
  unsigned seed = 500;
  for (const Shape4& s : shapes) {
    const P window{{"stride", s.stride}, {"padding", s.padding}, {"groups", s.groups}};
    const Shape x{s.n, s.c, s.h, s.w}, w{s.k, s.c / s.groups, s.window, s.window};
    Shape y;
    for (const DType type : {DType::bf16, DType::f16}) {
      std::vector<Array> half{random_array(x, type, seed++), random_array(w, type, seed++),
                              random_array({s.k}, DType::f32, seed++)};
      P activated = window;
      activated["activation"] = std::string(type == DType::bf16 ? "relu" : "relu6");
      y = ops::apply("conv2d", window, half).shape();
      cases.push_back({"conv2d", activated, half});
      half.push_back(random_array(y, type, seed++));
      cases.push_back({"conv2d", window, half});
    }
    for (const DType type : {DType::u8, DType::i8})
      for (const char* output : {"u8", "i8"}) {
        P params = window;
        params["dtype"] = std::string(output);
        params["residual_scale"] = 0.37;
        const Array scale = Array::empty({s.k}, DType::f32);
        for (float& v : scale.span<float>()) v = 0.01f / static_cast<float>(seed % 7 + 1);
        std::vector<Array> bytes{random_array(x, type, seed++), random_array(w, DType::i8, seed++),
                                 random_array({s.k}, DType::f32, seed++), scale};
        cases.push_back({"conv2d_int8", params, bytes});
        bytes.push_back(random_array(y, type, seed++));
        cases.push_back({"conv2d_int8", params, bytes});
      }
  }
  for (const std::int64_t channels : {1, 3, 5}) {
    const Array x = random_array({2, channels, 9, 37}, DType::f32, seed++);
    for (const char* half : {"bf16", "f16"})
      cases.push_back({"cast", {{"dtype", std::string(half)}, {"scale", 3.7}}, {x}});
    cases.push_back({"quantize",
                     {{"padding", i(channels)}},
                     {x, random_array({channels}, DType::f32, seed++), random_array({channels}, DType::f32, seed++)}});
  }
  for (const DType type : {DType::u8, DType::i8, DType::f16, DType::bf16}) {
    const Array x = random_array({2, 32, 13, 15}, type, seed++);
    cases.push_back({"max_pool2d", {{"size", i(3)}, {"stride", i(2)}, {"padding", i(1)}}, {x}});
    cases.push_back({"global_avg_pool", {}, {x}});
    cases.push_back({"unblock", {}, {x}});
    cases.push_back({"subsample_pad", {{"before", i(16)}, {"after", i(16)}}, {x}});
    cases.push_back({"cast", {{"scale", 0.25}}, {x}});
  }
}

}  // namespace

void cases_networks(std::vector<OpCase>& cases) {
  convolutions(cases);
  low_precision(cases);
  cases.push_back({"max_pool2d",
                   {{"size", i(3)}, {"stride", i(2)}, {"padding", i(1)}},
                   {random_array({2, 32, 13, 15}, DType::f32, 1)}});
  cases.push_back({"max_pool2d",
                   {{"size", i(2)}, {"stride", i(1)}, {"padding", i(1)}},
                   {random_array({2, 17, 5, 4}, DType::f32, 1)}});
  cases.push_back({"max_pool2d",
                   {{"size", i(5)}, {"stride", i(3)}, {"padding", i(2)}},
                   {random_array({1, 16, 9, 11}, DType::f32, 1)}});
  cases.push_back({"max_pool2d", {}, {random_array({1, 3, 2, 2}, DType::f32, 2)}});
  cases.push_back({"global_avg_pool", {}, {random_array({2, 20, 7, 7}, DType::f32, 3)}});
  for (std::int64_t n : {1, 2, 3, 4, 7, 8})
    cases.push_back({"linear",
                     {},
                     {random_array({n, 65}, DType::f32, 4), random_array({33, 65}, DType::f32, 5),
                      random_array({33}, DType::f32, 6)}});
  cases.push_back({"subsample_pad", {{"before", i(8)}, {"after", i(8)}}, {random_array({2, 16, 9, 7}, DType::f32, 7)}});
  cases.push_back({"unblock", {}, {random_array({2, 20, 3, 5}, DType::f32, 20)}});
  cases.push_back({"add", {}, {random_array({3, 5}, DType::f32, 8), random_array({3, 5}, DType::f32, 9)}});
  cases.push_back({"relu", {}, {random_array({3, 50}, DType::f32, 10)}});
  cases.push_back({"relu6", {}, {random_array({3, 50}, DType::f32, 10)}});
  cases.push_back({"softmax", {}, {random_array({3, 1000}, DType::f32, 11)}});
  for (DType dtype : {DType::f16, DType::bf16, DType::f32, DType::f64})
    for (std::int64_t axis : {0, 1, -1})
      cases.push_back({"softmax", {{"axis", axis}}, {random_array({3, 17, 2}, dtype, 12)}});
  std::vector<Array> norm{random_array({2, 6, 3, 4}, DType::f32, 12)};
  for (unsigned k = 0; k < 4; ++k) norm.push_back(random_array({6}, DType::f32, 13 + k));
  for (float& v : norm[4].span<float>()) v = v * v + 0.1f;  // a variance
  cases.push_back({"batch_norm", {}, norm});
}

}  // namespace fovea::test
