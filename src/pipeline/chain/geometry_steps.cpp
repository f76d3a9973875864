// resize and crop, which speak of a picture's sides.
#include <algorithm>
#include <optional>

#include "ops/op.h"
#include "pipeline/chain/step.h"
#include "pipeline/chain/values.h"

namespace fovea::pipeline {
namespace {

constexpr std::int64_t most_side = 65535;  // what the op resize makes

std::string text_of(const Shape& picture) {
  return std::to_string(picture[1]) + "x" + std::to_string(picture[0]);
}

std::optional<std::int64_t> side_of(const ops::Params& params, std::string_view name) {
  const auto at = params.find(name);
  if (at == params.end()) return std::nullopt;
  return std::get<std::int64_t>(at->second);
}

void check_sides(const StepText& text, const ops::Params& params) {
  for (const char* name : {"side", "height", "width"})
    if (const auto side = side_of(params, name); side && (*side < 1 || *side > most_side))
      throw refusal(text.name.at, text.name.text + ": " + name + ": expected 1 to " + std::to_string(most_side) +
                                      ", got " + std::to_string(*side));
  if (side_of(params, "side") && (side_of(params, "height") || side_of(params, "width")))
    throw refusal(text.name.at, text.name.text + ": expected one side for both, or height and width, got both");
}

void check_filter(const StepText& text, ops::Params params) {
  const ops::Op& op = ops::registry().op("resize");
  params["height"] = params["width"] = std::int64_t{1};
  try {
    op.bind(op, params);
  } catch (const Error& error) {
    throw refusal(text.name.at, error.what());
  }
}

// The length of the side that goes with `to`, cut off as torchvision does.
std::int64_t in_proportion(std::int64_t to, std::int64_t with, std::int64_t of) {
  return std::max<std::int64_t>(1, to * with / of);
}

struct Target {
  std::optional<std::int64_t> side, height, width;

  // Rows and columns of what a picture becomes.
  Shape of(const Shape& picture) const {
    const std::int64_t rows = picture[0], columns = picture[1];
    if (side && rows <= columns) return {*side, in_proportion(*side, columns, rows), picture[2]};
    if (side) return {in_proportion(*side, rows, columns), *side, picture[2]};
    return {height ? *height : in_proportion(*width, rows, columns),
            width ? *width : in_proportion(*height, columns, rows), picture[2]};
  }
};

Shape checked(const Shape& from, const Shape& to) {
  if (std::max(to[0], to[1]) <= most_side) return to;
  throw Error(Errc::bad_geometry, "resize: " + text_of(from) + " would become " + text_of(to) + ", sides are at most " +
                                      std::to_string(most_side));
}

}  // namespace

Step resize_step(const StepText& text) {
  const std::vector<ops::ParamInfo> infos{{"side", "", std::int64_t{0}, 0, 0, {}},
                                          {"height", "", std::int64_t{0}, 0, 0, {}},
                                          {"width", "", std::int64_t{0}, 0, 0, {}},
                                          {"filter", "", std::string("bilinear"), 0, 0, {}}};
  const ops::Params params = read_params(text, infos);
  check_sides(text, params);
  const Target target{side_of(params, "side"), side_of(params, "height"), side_of(params, "width")};
  if (!target.side && !target.height && !target.width)
    throw refusal(text.name.at, "resize: expected the shorter side, or height and width or one of them");
  ops::Params given;
  if (const auto filter = params.find("filter"); filter != params.end()) given["filter"] = filter->second;
  check_filter(text, given);

  Step step;
  step.result = [target](const Shape& picture) { return checked(picture, target.of(picture)); };
  step.apply = [target, given](const Array& picture, const Shape& as, Device device) {
    const Shape to = checked(as, target.of(as));
    ops::Params all = given;
    all["height"] = to[0];
    all["width"] = to[1];
    const Array input = picture.to(device);
    return ops::apply("resize", all, {&input, 1});
  };
  step.resize_to = target.side.value_or(0);
  return step;
}

Step crop_step(const StepText& text) {
  const std::vector<ops::ParamInfo> infos{{"side", "", std::int64_t{0}, 0, 0, {}},
                                          {"height", "", std::int64_t{0}, 0, 0, {}},
                                          {"width", "", std::int64_t{0}, 0, 0, {}}};
  const ops::Params params = read_params(text, infos);
  check_sides(text, params);
  const auto side = side_of(params, "side"), height = side_of(params, "height"), width = side_of(params, "width");
  if (!side && !(height && width)) throw refusal(text.name.at, "crop: expected a side, or height and width");
  const std::int64_t rows = side ? *side : *height, columns = side ? *side : *width;

  Step step;
  step.result = [=](const Shape& picture) { return Shape{rows, columns, picture[2]}; };
  step.apply = [=](const Array& picture, const Shape&, Device) {
    const Shape& shape = picture.shape();
    if (shape[0] < rows || shape[1] < columns)
      throw Error(Errc::bad_geometry,
                  "crop: expected a picture of at least " + text_of({rows, columns}) + ", got " + text_of(shape));
    // Halves to even, as torchvision's int(round(...)).
    const auto first = [](std::int64_t all, std::int64_t kept) {
      const std::int64_t rest = all - kept, half = rest / 2;
      return rest % 2 == 0 ? half : half + half % 2;
    };
    const std::int64_t top = first(shape[0], rows), left = first(shape[1], columns);
    return picture.slice(0, {top, top + rows}).slice(1, {left, left + columns}).copy();
  };
  return step;
}

}  // namespace fovea::pipeline
