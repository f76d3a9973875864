#include "pipeline/chain/chain.h"

#include <algorithm>
#include <map>
#include <optional>

#include "codec/encoder.h"
#include "fovea/suggestion.h"
#include "pipeline/chain/values.h"

namespace fovea::pipeline {
namespace {

// Larger than any crop, so that nothing but the chain itself can be at fault.
constexpr std::int64_t nominal_side = 65535;

const std::map<std::string, std::string, std::less<>>& short_names() {
  static const std::map<std::string, std::string, std::less<>> names{{"box", "box_filter"},
                                                                     {"gaussian", "gaussian_filter"},
                                                                     {"median", "median_filter"},
                                                                     {"colour", "convert_colour"}};
  return names;
}

bool takes_one(const ops::OpInfo& op) {
  return !op.inputs.empty() && std::all_of(op.inputs.begin() + 1, op.inputs.end(),
                                           [](const std::string& input) { return input.ends_with('?'); });
}

[[noreturn]] void refuse_name(const Word& name, const std::vector<ops::OpInfo>& all) {
  std::vector<std::string> names{"resize", "crop", "grey", "format", "quality", "lossless"};
  for (const auto& [short_name, op] : short_names()) names.push_back(short_name);
  for (const ops::OpInfo& op : all) {
    if (op.name == name.text)
      throw refusal(name.at,
                    "expected an op with one input, got '" + name.text + "' with " + std::to_string(op.inputs.size()));
    if (takes_one(op)) names.push_back(op.name);
  }
  throw refusal(name.at, "there is no op '" + name.text + "'" + suggestion(name.text, names));
}

Step step_of(StepText text, const Shape& picture) {
  if (text.name.text == "resize") return resize_step(text);
  if (text.name.text == "crop") return crop_step(text);
  std::string name = text.name.text;
  if (name == "grey") {
    if (!text.arguments.empty()) throw refusal(text.arguments[0].value.at, "'grey' has no parameters");
    name = "convert_colour";
    text.arguments.push_back({{}, {"rgb_to_grey", text.name.at}});
  } else if (const auto known = short_names().find(name); known != short_names().end()) {
    name = known->second;
  }
  const std::vector<ops::OpInfo> all = ops::list();
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const ops::OpInfo& op) { return op.name == name && takes_one(op); });
  if (at == all.end()) refuse_name(text.name, all);
  return op_step(text, *at, picture);
}

const codec::Encoder& encoder_of(std::string_view format) {
  return *std::find_if(codec::encoders().begin(), codec::encoders().end(),
                       [&](const codec::Encoder& encoder) { return encoder.name == format; });
}

// format=, quality= and lossless, behind the ops and in any order.
class EncodingText {
 public:
  // Whether the step is one of them.
  bool take(const StepText& step) {
    std::optional<StepText>* slot = step.name.text == "format"     ? &format_
                                    : step.name.text == "quality"  ? &quality_
                                    : step.name.text == "lossless" ? &lossless_
                                                                   : nullptr;
    if (!slot) return false;
    if (*slot) throw refusal(step.name.at, "expected '" + step.name.text + "' once");
    if (step.arguments.size() > 1 || (step.arguments.empty() && slot != &lossless_) ||
        (step.arguments.size() == 1 && !step.arguments[0].name.text.empty()))
      throw refusal(step.name.at, "expected '" + step.name.text + "=' with a value alone");
    *slot = step;
    return true;
  }
  bool any() const { return format_ || quality_ || lossless_; }

  EncodeOptions options(std::int64_t channels) const {
    EncodeOptions options;
    if (format_) options.format = read_format(format_->arguments[0].value);
    if (lossless_) options.lossless = lossless_->arguments.empty() || read_yes(lossless_->arguments[0].value);
    if (lossless_ && options.format != "webp")
      throw refusal(lossless_->name.at, "expected 'lossless' with format=webp alone, got " + options.format);
    if (quality_) options.quality = static_cast<int>(read_whole(quality_->arguments[0].value, 1, 100));
    if (quality_ && options.format != "jpeg" && (options.format != "webp" || options.lossless))
      throw refusal(quality_->name.at,
                    "expected 'quality' with format=jpeg or lossy webp alone, got " + options.format);
    if (channels == 4 && !encoder_of(options.format).alpha)
      throw refusal(format_ ? format_->name.at : 0, options.format + " has no alpha; decode three channels");
    return options;
  }

 private:
  static std::string read_format(const Word& word) {
    std::string names;
    for (const codec::Encoder& encoder : codec::encoders()) {
      if (encoder.name == word.text) return word.text;
      names += (names.empty() ? "" : ", ") + std::string(encoder.name);
    }
    const std::string_view by_extension = format_of_extension("." + word.text);
    if (by_extension.empty()) throw refusal(word.at, "expected a format of " + names + ", got '" + word.text + "'");
    return std::string(by_extension);
  }

  std::optional<StepText> format_, quality_, lossless_;
};

std::int64_t samples(const Shape& picture) {
  return picture[0] * picture[1] * picture[2];
}

// Bytes a pixel that encoders take at most, with the file that grows.
std::int64_t encoder_bytes(const EncodeOptions& options) {
  return options.format != "webp" ? 6 : options.lossless ? 32 : 12;
}

}  // namespace

Chain::Chain(const std::string& text, int channels) {
  Shape picture{nominal_side, nominal_side, channels};
  EncodingText encoding;
  for (const StepText& step : split_chain(text)) {
    if (encoding.take(step)) continue;
    if (encoding.any()) throw refusal(step.name.at, "expected ops before format, quality and lossless");
    steps_.push_back(step_of(step, picture));
    try {
      picture = steps_.back().result(picture);
    } catch (const Error& error) {
      throw refusal(step.name.at, error.what());
    }
  }
  encoding_ = encoding.options(picture[2]);
}

const std::vector<std::string_view>& Chain::extensions() const {
  return encoder_of(encoding_.format).extensions;
}

std::vector<std::string> Chain::plugin_ops() const {
  std::vector<std::string> names;
  for (const Step& step : steps_)
    if (!step.plugin_op.empty()) names.push_back(step.plugin_op);
  return names;
}

std::int64_t Chain::peak(const Shape& original, std::int64_t decoded) const {
  std::int64_t most = decoded, before = decoded;
  Shape picture = original;
  for (const Step& step : steps_) {
    picture = step.result(picture);
    const std::int64_t after = samples(picture);
    most = std::max(most, (before + after) * step.sample_bytes);
    before = after;
  }
  return std::max(most, before + picture[0] * picture[1] * encoder_bytes(encoding_));
}

Array Chain::apply(const Array& picture, Shape as, Device device, const Deadline& deadline) const {
  Array now = picture;
  for (const Step& step : steps_) {
    deadline.check("ops");
    now = step.apply(now, as, device);
    as = now.shape();
  }
  return now.to(Device::cpu());
}

}  // namespace fovea::pipeline
