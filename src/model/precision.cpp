#include "model/precision.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "base/half.h"
#include "ops/onednn.h"

namespace fovea::model {
namespace {

constexpr float byte_steps = 255, signed_steps = 127;

std::string parameter(const Node& node, const char* name) {
  const auto at = node.params.find(name);
  return at == node.params.end() ? "none" : std::get<std::string>(at->second);
}

// A node's result in the lowered graph: an earlier node of it, and what a stored 1 means.
struct Value {
  int node = Graph::input;
  DType dtype = DType::f32;
  double scale = 1;
  std::optional<int> single = {};  // the node that has it in f32

  bool low() const { return dtype != DType::f32; }
};

// Goes over the graph once and keeps low precision for as long as ops have a form for it.
class Lowering {
 public:
  explicit Lowering(const Graph& graph) : graph_(graph) { lowered_.channels = graph.channels; }
  virtual ~Lowering() = default;

  Graph run() {
    for (const Node& node : graph_.nodes) values_.push_back(lower(node));
    as_single(values_.back());
    return std::move(lowered_);
  }

 protected:
  // The convolution on low inputs, its x the network's input or low, its residual low.
  virtual Value convolution(const Node&, const Value& x, const Value* residual) = 0;

  Value& value(const Operand& operand) {
    return operand.node == Graph::input ? input_ : values_[static_cast<std::size_t>(operand.node)];
  }

  Graph lowered_;

 private:
  Value lower(const Node& node) {
    if (node.op == "conv2d" && lowers(node))
      return convolution(node, value(node.inputs[0]), node.inputs.size() > 3 ? &value(node.inputs[3]) : nullptr);
    if ((node.op == "max_pool2d" || node.op == "subsample_pad") && value(node.inputs[0]).low())
      return keeping(node, value(node.inputs[0]));
    if (node.op == "global_avg_pool" && value(node.inputs[0]).low()) return mean(node, value(node.inputs[0]));
    Node copy = node;
    for (Operand& operand : copy.inputs)
      if (operand.node != Operand::is_constant) operand.node = as_single(value(operand));
    return {lowered_.add(std::move(copy))};
  }

  bool lowers(const Node& node) {
    const bool first = node.inputs[0].node == Graph::input;
    const bool grouped = node.params.count("groups") && std::get<std::int64_t>(node.params.at("groups")) > 1;
    return (first ? !grouped : value(node.inputs[0]).low()) && (node.inputs.size() < 4 || value(node.inputs[3]).low());
  }

  Value keeping(const Node& node, const Value& x) {
    Node copy = node;
    copy.inputs = {x.node};
    return {lowered_.add(std::move(copy)), x.dtype, x.scale};
  }

  Value mean(const Node& node, const Value& x) {
    const Value steps{lowered_.add({node.name, node.op, {}, {x.node}})};
    return x.scale == 1 ? steps : Value{scaled(node.name, steps.node, x.scale)};
  }

  int scaled(const std::string& name, int node, double scale) {
    return lowered_.add({name + ".f32", "cast", {{"dtype", std::string("f32")}, {"scale", scale}}, {node}});
  }

  int as_single(Value& from) {
    if (!from.low()) return from.node;
    if (!from.single)
      from.single = scaled(lowered_.nodes[static_cast<std::size_t>(from.node)].name, from.node, from.scale);
    return *from.single;
  }

  const Graph& graph_;
  Value input_;
  std::vector<Value> values_;
};

class ToHalf final : public Lowering {
 public:
  ToHalf(const Graph& graph, DType type) : Lowering(graph), type_(type) {}

 private:
  Value convolution(const Node& node, const Value& x, const Value* residual) override {
    Node copy = node;
    copy.choice = {};  // it is of f32's kernels
    copy.inputs[0].node = x.low() ? x.node : input();
    copy.inputs[1] = halves(node.inputs[1].constant);
    if (residual) copy.inputs[3].node = residual->node;
    return {lowered_.add(std::move(copy)), type_};
  }

  int input() {
    if (!input_node_)
      input_node_ = lowered_.add({"input", "cast", {{"dtype", std::string(name(type_))}}, {Graph::input}});
    return *input_node_;
  }

  Array halves(const Array& from) const {
    Array to = Array::empty(from.shape(), type_);
    auto* bits = reinterpret_cast<std::uint16_t*>(to.data());
    for (const float value : from.span<float>()) *bits++ = type_ == DType::f16 ? f32_to_f16(value) : f32_to_bf16(value);
    return to;
  }

  DType type_;
  std::optional<int> input_node_;
};

// Weights i8 [k, ...], largest magnitude 127, and what a stored 1 means in each channel of the output.
struct Quantised {
  Array weight;
  std::vector<double> scale;
};

// in_scale: by channel of the input, or one for all.
Quantised quantised(const Array& weight, const std::vector<double>& in_scale) {
  const Shape& w = weight.shape();
  const auto channels = static_cast<std::size_t>(w[0]), inputs = static_cast<std::size_t>(w[1]);
  const std::size_t window = static_cast<std::size_t>(w[2] * w[3]), each = inputs * window;
  const auto from = weight.span<float>();
  Quantised result{Array::empty(w, DType::i8), std::vector<double>(channels)};
  auto* to = reinterpret_cast<std::int8_t*>(result.weight.data());
  std::vector<double> row(each);
  for (std::size_t k = 0; k < channels; ++k) {
    double largest = 0;
    for (std::size_t i = 0; i < each; ++i) {
      row[i] = from[k * each + i] * in_scale[in_scale.size() == 1 ? 0 : i / window];
      largest = std::max(largest, std::abs(row[i]));
    }
    const double step = largest > 0 ? largest / signed_steps : 1;
    result.scale[k] = step;
    for (std::size_t i = 0; i < each; ++i) *to++ = static_cast<std::int8_t>(std::nearbyint(row[i] / step));
  }
  return result;
}

Array floats(const std::vector<double>& values) {
  Array array = Array::empty({static_cast<std::int64_t>(values.size())}, DType::f32);
  std::transform(values.begin(), values.end(), array.span<float>().begin(),
                 [](double value) { return static_cast<float>(value); });
  return array;
}

class ToInt8 final : public Lowering {
 public:
  ToInt8(const Graph& graph, const Calibration& calibration, const Preprocess& preprocess)
      : Lowering(graph), calibration_(calibration), preprocess_(preprocess) {}

 private:
  Value convolution(const Node& node, const Value& x, const Value* residual) override {
    const std::string activation = parameter(node, "activation");
    const bool first = !x.low(), rectified = activation != "none";
    double range = range_of(node.name);
    if (activation == "relu6") range = std::min(range, 6.0);  // so that clipping at the type's end is clipping at 6
    const Value y{0, rectified ? DType::u8 : DType::i8, range / (rectified ? byte_steps : signed_steps)};

    const Array& weight = node.inputs[1].constant;
    const Quantised w = quantised(weight, first ? picture_scales() : std::vector<double>{x.scale});
    const auto bias = node.inputs[2].constant.span<float>();
    std::vector<double> shift(bias.size()), scale(bias.size());
    for (std::size_t k = 0; k < bias.size(); ++k) {
      shift[k] = bias[k] / w.scale[k] - (first ? zero_sum(w.weight, k) : 0);
      scale[k] = w.scale[k] / y.scale;
    }
    ops::Params params = node.params;
    params.erase("activation");
    params["dtype"] = std::string(rectified ? "u8" : "i8");
    Node lowered{node.name, "conv2d_int8", params, {x.node, w.weight, floats(shift), floats(scale)}};
    if (first) lowered.inputs[0] = picture(node, lowered.params);
    if (residual) {
      lowered.params["residual_scale"] = residual->scale / y.scale;
      lowered.inputs.emplace_back(residual->node);
    }
    return {lowered_.add(std::move(lowered)), y.dtype, y.scale};
  }

  double range_of(const std::string& name) const {
    const auto at = calibration_.ranges.find(name);
    if (at == calibration_.ranges.end())
      throw Error(Errc::model_format,
                  "calibration: expected a range of layer " + name + ", found none; calibrate again");
    return std::max(static_cast<double>(at->second), 1e-30);
  }

  // A picture as the bytes that it was, with its padding put on: x = byte * scale - mean / std.
  int picture(const Node& node, ops::Params& params) {
    std::vector<double> scales, zeros;
    for (std::size_t c = 0; c < preprocess_.mean.size(); ++c) {
      scales.push_back(byte_steps * static_cast<double>(preprocess_.std[c]));
      zeros.push_back(zero(c));
    }
    const auto padding = params.find("padding");
    ops::Params around;
    if (padding != params.end()) around["padding"] = padding->second;
    params.erase("padding");
    return lowered_.add({node.name + ".bytes", "quantize", around, {Graph::input, floats(scales), floats(zeros)}});
  }

  double zero(std::size_t c) const {
    const double mean = preprocess_.mean[c];
    if (!(mean >= 0 && mean <= 1))
      throw Error(Errc::unsupported, "int8: expected means from 0 to 1, got " + std::to_string(mean) + "; use bf16");
    return byte_steps * mean;
  }

  std::vector<double> picture_scales() const {
    std::vector<double> scales;
    for (const float std : preprocess_.std) scales.push_back(1 / (byte_steps * static_cast<double>(std)));
    return scales;
  }

  // What output channel k's products make of the bytes that stand for 0.
  double zero_sum(const Array& weight, std::size_t k) const {
    const Shape& w = weight.shape();
    const auto window = static_cast<std::size_t>(w[2] * w[3]), inputs = static_cast<std::size_t>(w[1]);
    const auto* values = reinterpret_cast<const std::int8_t*>(weight.data()) + k * inputs * window;
    double sum = 0;
    for (std::size_t i = 0; i < inputs * window; ++i) sum += values[i] * zero(i / window);
    return sum;
  }

  const Calibration& calibration_;
  const Preprocess& preprocess_;
};

}  // namespace

Graph lower_to_half(const Graph& graph, DType type) {
  return ToHalf(graph, type).run();
}

Graph lower_to_int8(const Graph& graph, const Calibration& calibration, const Preprocess& preprocess) {
  return ToInt8(graph, calibration, preprocess).run();
}

std::string precision_unavailable(Precision precision, Device device) {
  const char* variant = std::getenv("FOVEA_VARIANT");
  if (device != Device::cpu() || (variant && std::string_view(variant) == "portable")) return "";
  if (precision == Precision::f16) return "a CUDA device, on the CPU there is bf16";
  if (precision == Precision::bf16 && !ops::onednn::multiplies_bf16())
    return "a processor with AVX-512 BF16 or AMX, others emulate it and are slower than f32";
  if (precision == Precision::int8 && !ops::onednn::multiplies_int8())
    return "a processor with AVX-512 VNNI, AVX VNNI or AMX, others lose bits of sums";
  return "";
}

}  // namespace fovea::model
