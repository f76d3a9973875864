// Ops of the registry over pictures.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "array/convert.h"
#include "ops/op.h"
#include "pipeline/chain/step.h"
#include "pipeline/chain/values.h"

namespace fovea::pipeline {
namespace {

// How an op takes a picture: as it is, as f32 of the same values, or as f32 [1, channels, height, width].
enum class Form { bytes, floats, planes };

ops::TensorSpec input_of(Form form, const Shape& picture) {
  if (form == Form::bytes) return {DType::u8, picture};
  if (form == Form::floats) return {DType::f32, picture};
  return {DType::f32, {1, picture[2], picture[0], picture[1]}};
}

Shape picture_of(Form form, const ops::TensorSpec& result) {
  const Shape& s = result.shape;
  Shape picture;
  if (form == Form::planes && s.size() == 4 && s[0] == 1) picture = {s[2], s[3], s[1]};
  if (form != Form::planes && s.size() == 2) picture = {s[0], s[1], 1};
  if (form != Form::planes && s.size() == 3) picture = s;
  const bool real = result.dtype != DType::c64 && result.dtype != DType::c128;
  if (picture.empty() || !real || picture[0] < 1 || picture[1] < 1 ||
      (picture[2] != 1 && picture[2] != 3 && picture[2] != 4))
    throw Error(Errc::invalid_argument,
                "it makes no picture of a picture, but " + std::string(name(result.dtype)) + " " + to_string(s));
  return picture;
}

Array as_input(Form form, const Array& picture) {
  if (form == Form::bytes) return picture;
  const Array host = picture.to(Device::cpu());
  if (form == Form::floats) return to_f32(host);
  const int axes[] = {2, 0, 1};
  return to_f32(host.transpose(axes).expand_dims(0));
}

// Rounded to the nearest whole number, halves to even, and cut to 0..255; NaN is 0.
Array as_bytes(const Array& values) {
  const Array wide = to_f32(values);
  Array bytes = Array::empty(values.shape(), DType::u8);
  const auto from = wide.span<float>();
  const auto to = bytes.span<std::uint8_t>();
  for (std::size_t i = 0; i < from.size(); ++i)
    to[i] = from[i] > 0 ? static_cast<std::uint8_t>(std::nearbyint(std::min(from[i], 255.0f))) : std::uint8_t{0};
  return bytes;
}

Array as_picture(Form form, const Array& result) {
  const Shape picture = picture_of(form, {result.dtype(), result.shape()});
  if (form != Form::planes)
    return (result.dtype() == DType::u8 ? result : as_bytes(result.to(Device::cpu()))).reshape(picture);
  const int axes[] = {1, 2, 0};
  const Shape& s = result.shape();
  return as_bytes(result.to(Device::cpu()).reshape({s[1], s[2], s[3]}).transpose(axes).copy());
}

Shape infer(const ops::Op& op, const void* params, Form form, const Shape& picture) {
  const ops::TensorSpec input = input_of(form, picture);
  return picture_of(form, op.infer(params, {&input, 1}));
}

// The first form that a kernel on the CPU takes and makes a picture of.
Form choose_form(const ops::Op& op, const void* params, const Shape& picture) {
  std::string reason;
  for (const Form form : {Form::bytes, Form::floats, Form::planes}) {
    try {
      infer(op, params, form, picture);
      const ops::TensorSpec input = input_of(form, picture);
      ops::Call call{params, {&input, 1}, op.infer(params, {&input, 1})};
      ops::registry().find(op, call, Device::Kind::cpu);
      return form;
    } catch (const Error& error) {
      if (reason.empty()) reason = error.what();
    }
  }
  throw Error(Errc::invalid_argument, reason);
}

}  // namespace

Step op_step(const StepText& text, const ops::OpInfo& info, const Shape& picture) {
  const ops::Params params = read_params(text, info.params);
  const ops::Op& op = ops::registry().op(info.name);
  try {
    const std::shared_ptr<void> bound = op.bind(op, params);
    const Form form = choose_form(op, bound.get(), picture);
    Step step;
    step.result = [&op, bound, form](const Shape& shape) { return infer(op, bound.get(), form, shape); };
    step.apply = [name = info.name, params, form](const Array& pixels, const Shape&, Device device) {
      const Array input = as_input(form, pixels).to(device);
      return as_picture(form, ops::apply(name, params, {&input, 1}));
    };
    if (op.plugin) step.plugin_op = info.name;
    step.sample_bytes = form == Form::bytes ? 1 : 1 + static_cast<int>(sizeof(float));
    return step;
  } catch (const Error& error) {
    throw refusal(text.name.at, "'" + text.name.text + "': " + error.what());
  }
}

}  // namespace fovea::pipeline
