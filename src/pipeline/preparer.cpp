#include "pipeline/preparer.h"

#include <algorithm>

#include "array/host.h"
#include "codec/codec.h"
#include "device/host_memory.h"
#include "device/profiler.h"
#include "fovea/memory_adaptors.h"
#include "pipeline/admitted_decode.h"

namespace fovea::pipeline {
namespace {

ops::Params to_params(const Preprocess& p) {
  return {{"resize", std::int64_t{p.resize}},
          {"crop", std::int64_t{p.crop}},
          {"filter", p.interpolation},
          {"mean", std::vector<double>(p.mean.begin(), p.mean.end())},
          {"std", std::vector<double>(p.std.begin(), p.std.end())}};
}

// The resize averages over two pixels a side at least: scaling to no more than its target changes twice as much.
constexpr int averaged = 2;
const ops::Row& row_of(const ops::Op& op, std::string_view variant) {
  for (const ops::Row& row : ops::registry().rows())
    if (row.op == op.name && row.device == Device::Kind::cpu && row.variant == variant) return row;
  throw Error(Errc::unsupported,
              std::string(op.name) + ": expected a variant, got '" + std::string(variant) + "', which there is not");
}

constexpr std::size_t most_kernels = 64;  // shapes whose tables are kept
// For a worker's pictures, so that the next ones touch no new pages.
constexpr PoolOptions buffers{.segment = std::size_t{2} << 20, .keep = std::size_t{48} << 20};

}  // namespace

DecodeOptions fast_decode(DecodeOptions options, const Preprocess& preprocess) {
  options.shrink_to = averaged * preprocess.resize;
  return options;
}

Preparer::Preparer(const Preprocess& preprocess, const DecodeOptions& decode, std::string_view variant)
    : decode_(decode),
      variant_(variant),
      op_(ops::registry().op("prepare_image")),
      params_(to_params(preprocess)),
      memory_(std::make_shared<PoolMemory>(system_memory(), buffers)) {
  decode_.channels = preprocess.channels;
}

Result<PictureInfo> Preparer::from(const Picture& picture, const Array& slot, Budget& budget, Deadline deadline) {
  if (const auto* pixels = std::get_if<Array>(&picture)) return from_pixels(*pixels, slot);
  return from_bytes(std::get<std::span<const std::byte>>(picture), slot, budget, deadline);
}

Result<PictureInfo> Preparer::from_bytes(std::span<const std::byte> bytes, const Array& slot, Budget& budget,
                                         Deadline deadline) {
  Budget::Lease lease;  // outlives the pixels
  const Result<DecodedImage> image = decode_admitted(bytes, decode_, memory_, budget, deadline, lease, times_, {});
  if (!image) return image.error();
  const ImageInfo& stored = image.value().info;
  const bool sideways = decode_.orient && stored.orientation >= 5;
  const PictureInfo whole{sideways ? stored.height : stored.width, sideways ? stored.width : stored.height,
                          std::string(stored.format)};
  const Array& pixels = image.value().pixels;
  const bool scaled = pixels.shape()[0] != whole.height || pixels.shape()[1] != whole.width;
  const Result<PictureInfo> info = prepare(pixels, scaled ? Shape{whole.height, whole.width} : Shape{}, slot);
  return info ? Result(whole) : info;
}

Result<PictureInfo> Preparer::from_pixels(const Array& pixels, const Array& slot) {
  return prepare(pixels, {}, slot);
}

Result<PictureInfo> Preparer::prepare(const Array& pixels, const Shape& scaled_from, const Array& slot) {
  const StageTimes::Scope timer(times_, "prepare");
  if (pixels.dtype() != DType::u8 || pixels.ndim() != 3 || pixels.shape()[2] != decode_.channels || pixels.size() == 0)
    return Error(Errc::invalid_argument, "preprocess: expected pixels u8 [height, width, " +
                                             std::to_string(decode_.channels) + "], got " +
                                             std::string(name(pixels.dtype())) + " " + to_string(pixels.shape()));
  try {
    require_host("preprocess", pixels);
    const Array inputs[] = {pixels.contiguous() ? pixels : pixels.copy()};
    Prepared& prepared = prepared_for(inputs[0], scaled_from);
    const profiler::Scope span(Activity::op, op_.name, prepared.variant);
    prepared.kernel->run(Queue{}, inputs, slot);
  } catch (const Error& error) {
    return error;
  }
  return PictureInfo{static_cast<int>(pixels.shape()[1]), static_cast<int>(pixels.shape()[0]), "array"};
}

Preparer::Prepared& Preparer::prepared_for(const Array& pixels, const Shape& scaled_from) {
  Shape key = pixels.shape();
  key.insert(key.end(), scaled_from.begin(), scaled_from.end());
  Prepared& prepared = kernels_[key];
  prepared.last_use = ++uses_;
  if (!prepared.kernel) {
    const std::vector<ops::TensorSpec> specs{{pixels.dtype(), pixels.shape()}};
    params_["scaled_from"] = std::vector<double>(scaled_from.begin(), scaled_from.end());
    const std::shared_ptr<void> params = op_.bind(op_, params_);
    ops::Call call{params.get(), specs, op_.infer(params.get(), specs)};
    const ops::Row& row = variant_.empty() ? ops::registry().find(op_, call, Device::Kind::cpu) : row_of(op_, variant_);
    prepared.kernel = row.prepare(call);
    prepared.variant = row.variant;
    if (kernels_.size() > most_kernels)
      kernels_.erase(std::min_element(kernels_.begin(), kernels_.end(), [](const auto& a, const auto& b) {
        return a.second.last_use < b.second.last_use;
      }));
  }
  return prepared;
}

}  // namespace fovea::pipeline
