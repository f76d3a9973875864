#include "support/formula_weights.h"

#include <cmath>

namespace fovea::test {

std::vector<float> uniform(const std::string& name, std::size_t count) {
  std::uint32_t seed = 2166136261u;  // FNV-1a
  for (char c : name) seed = (seed ^ static_cast<unsigned char>(c)) * 16777619u;
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t x = static_cast<std::uint32_t>(i) * 2654435761u + seed;
    x = (x ^ (x >> 15)) * 2246822519u;
    x = (x ^ (x >> 13)) * 3266489917u;
    x ^= x >> 16;
    values[i] = static_cast<float>(x >> 8) / 8388608.0f - 1.0f;
  }
  return values;
}

void FormulaWeights::put(const std::string& name, const Shape& shape, float scale, float shift) {
  Array array = Array::empty(shape, DType::f32);
  const std::vector<float> values = uniform(name, static_cast<std::size_t>(array.size()));
  const auto out = array.span<float>();
  for (std::size_t i = 0; i < values.size(); ++i) out[i] = values[i] * scale + shift;
  dict.tensors.emplace(name, array);
}

void FormulaWeights::conv(const std::string& name, std::int64_t out, std::int64_t in, std::int64_t window) {
  put(name + ".weight", {out, in, window, window},
      static_cast<float>(std::sqrt(3.0 / static_cast<double>(in * window * window))), 0);
}

void FormulaWeights::batch_norm(const std::string& name, std::int64_t channels) {
  put(name + ".weight", {channels}, 0.5f, 1);
  put(name + ".bias", {channels}, 0.1f, 0);
  put(name + ".running_mean", {channels}, 0.1f, 0);
  put(name + ".running_var", {channels}, 0.5f, 1);
}

void FormulaWeights::linear(const std::string& name, std::int64_t out, std::int64_t in) {
  put(name + ".weight", {out, in}, static_cast<float>(std::sqrt(3.0 / static_cast<double>(in))), 0);
  put(name + ".bias", {out}, 0.1f, 0);
}

StateDict FormulaWeights::resnet(const std::vector<int>& blocks, bool bottleneck, std::int64_t channels,
                                 std::int64_t classes) {
  FormulaWeights w;
  w.conv("conv1", 64, channels, 7);
  w.batch_norm("bn1", 64);
  std::int64_t in = 64;
  for (std::size_t stage = 0; stage < blocks.size(); ++stage)
    for (int k = 0; k < blocks[stage]; ++k) {
      const std::string name = "layer" + std::to_string(stage + 1) + "." + std::to_string(k);
      const std::int64_t width = std::int64_t{64} << stage, out = bottleneck ? 4 * width : width;
      w.conv(name + ".conv1", width, in, bottleneck ? 1 : 3);
      w.batch_norm(name + ".bn1", width);
      w.conv(name + ".conv2", width, width, 3);
      w.batch_norm(name + ".bn2", width);
      if (bottleneck) w.conv(name + ".conv3", out, width, 1), w.batch_norm(name + ".bn3", out);
      if (k == 0 && (stage > 0 || in != out))
        w.conv(name + ".downsample.0", out, in, 1), w.batch_norm(name + ".downsample.1", out);
      in = out;
    }
  w.linear("fc", classes, in);
  return w.dict;
}

StateDict FormulaWeights::mobilenet_v2(std::int64_t classes) {
  FormulaWeights w;
  const auto conv_bn = [&](const std::string& conv, const std::string& norm, std::int64_t out, std::int64_t in,
                           std::int64_t window) {
    w.conv(conv, out, in, window);
    w.batch_norm(norm, out);
  };
  conv_bn("features.0.0", "features.0.1", 32, 3, 3);
  const std::int64_t widths[] = {16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160, 160, 320};
  std::int64_t in = 32;
  for (int k = 1; k <= 17; ++k) {
    const std::string name = "features." + std::to_string(k) + ".conv.";
    const std::int64_t wide = k == 1 ? in : 6 * in;
    int part = 0;
    if (k > 1) conv_bn(name + "0.0", name + "0.1", wide, in, 1), ++part;
    conv_bn(name + std::to_string(part) + ".0", name + std::to_string(part) + ".1", wide, 1, 3);
    conv_bn(name + std::to_string(part + 1), name + std::to_string(part + 2), widths[k - 1], wide, 1);
    in = widths[k - 1];
  }
  conv_bn("features.18.0", "features.18.1", 1280, in, 1);
  w.linear("classifier.1", classes, 1280);
  return w.dict;
}

StateDict FormulaWeights::cifar(int blocks, const std::vector<std::int64_t>& widths, std::int64_t classes) {
  FormulaWeights w;
  w.conv("conv1", widths[0], 3, 3);
  w.batch_norm("bn1", widths[0]);
  std::int64_t in = widths[0];
  for (std::size_t stage = 0; stage < widths.size(); ++stage)
    for (int k = 0; k < blocks; ++k) {
      const std::string name = "layer" + std::to_string(stage + 1) + "." + std::to_string(k);
      w.conv(name + ".conv1", widths[stage], in, 3);
      w.batch_norm(name + ".bn1", widths[stage]);
      w.conv(name + ".conv2", widths[stage], widths[stage], 3);
      w.batch_norm(name + ".bn2", widths[stage]);
      in = widths[stage];
    }
  w.linear("linear", classes, in);
  return w.dict;
}

}  // namespace fovea::test
