#include "pipeline/preparer.h"

#include <algorithm>
#include <chrono>
#include <utility>

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

const ops::Row& row_of(const ops::Op& op, std::string_view variant) {
  for (const ops::Row& row : ops::registry().rows())
    if (row.op == op.name && row.device == Device::Kind::cpu && row.variant == variant) return row;
  throw Error(Errc::unsupported,
              std::string(op.name) + ": expected a variant, got '" + std::string(variant) + "', which there is not");
}

constexpr std::size_t most_kernels = 64;  // shapes whose tables are kept
// For a worker's pictures, so that the next ones touch no new pages.
constexpr PoolOptions buffers{.segment = std::size_t{2} << 20, .keep = std::size_t{48} << 20};

// What a stored picture is once it lies upright.
PictureInfo upright_info(const ImageInfo& stored, const DecodeOptions& options) {
  const bool sideways = options.orient && stored.orientation >= 5;
  return {sideways ? stored.height : stored.width, sideways ? stored.width : stored.height, std::string(stored.format)};
}

// The size that pixels of `height` and `width` were scaled from, or nothing.
Shape scaled_from(const PictureInfo& whole, std::int64_t height, std::int64_t width) {
  return height != whole.height || width != whole.width ? Shape{whole.height, whole.width} : Shape{};
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

// Prepares rows while they are decoded. The time of that is "prepare", not "decode".
class Preparer::Rows final : public codec::RowSink {
 public:
  Rows(Preparer& preparer, const Array& slot) : preparer_(preparer), slot_(slot) {}

  std::optional<codec::RowWindow> begin(const ImageInfo& info, std::int64_t height, std::int64_t width) override {
    const PictureInfo whole = upright_info(info, preparer_.decode_);
    try {
      prepared_ =
          &preparer_.prepared_for({height, width, preparer_.decode_.channels}, scaled_from(whole, height, width));
    } catch (const Error&) {
      return std::nullopt;  // told when the picture is there, for what is wrong with the file comes first
    }
    const auto* kernel = dynamic_cast<const ops::RowFedKernel*>(prepared_->kernel.get());
    if (!kernel) return std::nullopt;
    began_ = true;
    preparer_.feed_.begin(kernel->plan(), reinterpret_cast<float*>(slot_.data()));
    const ops::Window& window = kernel->plan().window;
    return codec::RowWindow{window.top, window.bottom, window.left, window.right};
  }

  void rows(std::int64_t first, std::span<const std::uint8_t* const> rows, std::int64_t slack) override {
    const auto start = std::chrono::steady_clock::now();
    {
      const StageTimes::Scope timer(preparer_.times_, "prepare", !std::exchange(counted_, true));
      const profiler::Scope span(Activity::op, preparer_.op_.name, prepared_->variant);
      preparer_.feed_.rows(first, rows, slack);
    }
    preparer_.times_.add({"decode", -seconds_since(start), 0});
  }

  bool began() const { return began_; }

 private:
  Preparer& preparer_;
  const Array& slot_;
  const Prepared* prepared_ = nullptr;
  bool began_ = false, counted_ = false;
};

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
  Rows rows(*this, slot);
  const Result<DecodedImage> image =
      decode_admitted(bytes, decode_, memory_, budget, deadline, lease, times_, {}, &rows);
  if (!image) return image.error();
  const PictureInfo whole = upright_info(image.value().info, decode_);
  if (rows.began())
    return feed_.done() ? Result(whole) : Error(Errc::internal, "preprocess: the decoder kept rows to itself");
  const Array& pixels = image.value().pixels;
  const Result<PictureInfo> info = prepare(pixels, scaled_from(whole, pixels.shape()[0], pixels.shape()[1]), slot);
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
    Prepared& prepared = prepared_for(inputs[0].shape(), scaled_from);
    const profiler::Scope span(Activity::op, op_.name, prepared.variant);
    prepared.kernel->run(Queue{}, inputs, slot);
  } catch (const Error& error) {
    return error;
  }
  return PictureInfo{static_cast<int>(pixels.shape()[1]), static_cast<int>(pixels.shape()[0]), "array"};
}

Preparer::Prepared& Preparer::prepared_for(const Shape& pixels, const Shape& scaled_from) {
  Shape key = pixels;
  key.insert(key.end(), scaled_from.begin(), scaled_from.end());
  Prepared& prepared = kernels_[key];
  prepared.last_use = ++uses_;
  if (!prepared.kernel) {
    const std::vector<ops::TensorSpec> specs{{DType::u8, pixels}};
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
