#include "fovea/stats.h"

#include <fmt/format.h>

#include <cmath>

#include "array/host.h"
#include "base/sha256.h"
#include "codec/codec.h"
#include "codec/pixels.h"
#include "device/host_memory.h"
#include "fovea/memory_adaptors.h"
#include "pipeline/manifest.h"
#include "pipeline/measures.h"
#include "pipeline/stage.h"
#include "pipeline/stage_times.h"

namespace fovea {
namespace {

using Bytes = std::span<const std::byte>;

// For a worker's pictures, so that the next ones touch no new pages.
constexpr PoolOptions buffers{.segment = std::size_t{2} << 20, .keep = std::size_t{48} << 20};

const std::vector<std::string> fields{"bytes",      "channels",  "bits",      "orientation", "mean_red",
                                      "mean_green", "mean_blue", "std_red",   "std_green",   "std_blue",
                                      "brightness", "contrast",  "sharpness", "phash",       "sha256"};

// What a picture takes while it is measured: its pixels, once more if they are turned, and its luma.
std::int64_t working_bytes(const ImageInfo& info) {
  const std::int64_t pixels = std::int64_t{info.width} * info.height;
  return pixels * (info.orientation > 1 ? 7 : 4);
}

// Pixels of any layout as u8 [height, width, 3].
Result<Array> rgb_of(const Array& given, const std::shared_ptr<Memory>& memory) {
  const std::int64_t channels = given.ndim() == 3 ? given.shape()[2] : 0;
  if (given.dtype() != DType::u8 || given.size() == 0 || (channels != 1 && channels != 3 && channels != 4))
    return Error(Errc::invalid_argument, "stats: expected pixels u8 [height, width, 1, 3 or 4], got " +
                                             std::string(name(given.dtype())) + " " + to_string(given.shape()));
  require_host("stats", given);
  const Array pixels = given.contiguous() ? given : given.copy();
  if (channels == 3) return pixels;
  const Array rgb = Array::empty({pixels.shape()[0], pixels.shape()[1], 3}, DType::u8, memory);
  codec::convert_row(pixels.span<std::uint8_t>().data(), channels == 1 ? codec::Layout::grey : codec::Layout::rgba,
                     rgb.span<std::uint8_t>().data(), static_cast<std::size_t>(rgb.size() / 3), {3, -1});
  return rgb;
}

class StatsStage final : public pipeline::Stage {
 public:
  explicit StatsStage(const DecodeOptions& decode)
      : decode_(decode), memory_(std::make_shared<PoolMemory>(system_memory(), buffers)) {}

  void load(const pipeline::Picture& picture, Row& row, const Array&, pipeline::Budget& budget) override {
    const auto* bytes = std::get_if<Bytes>(&picture);
    const Result<ImageInfo> info = bytes ? probe(*bytes, decode_.limits) : info_of(std::get<Array>(picture));
    if (!info) {
      row.error = info.error();
      return;
    }
    const auto lease = budget.admit(working_bytes(info.value()));
    const Result<Array> pixels = bytes ? decoded(*bytes) : rgb_of(std::get<Array>(picture), memory_);
    if (!pixels) {
      row.error = pixels.error();
      return;
    }
    row.width = static_cast<int>(pixels.value().shape()[1]);
    row.height = static_cast<int>(pixels.value().shape()[0]);
    row.format = info.value().format;
    fill(row, info.value(), pixels.value(), bytes ? *bytes : Bytes{});
  }

  void add_times(std::vector<StageTime>& totals) const override { times_.add_to(totals); }

 private:
  static Result<ImageInfo> info_of(const Array& pixels) {
    ImageInfo info;
    info.format = "array";
    if (pixels.ndim() != 3) return info;  // rgb_of() refuses it
    info.height = static_cast<int>(pixels.shape()[0]);
    info.width = static_cast<int>(pixels.shape()[1]);
    info.channels = static_cast<int>(pixels.shape()[2]);
    return info;
  }

  Result<Array> decoded(Bytes bytes) {
    const pipeline::StageTimes::Scope timer(times_, "decode");
    Result<DecodedImage> image = codec::decode(bytes, decode_, memory_);
    if (!image) return image.error();
    return image.value().pixels;
  }

  void fill(Row& row, const ImageInfo& info, const Array& pixels, Bytes bytes) {
    const Array luma = Array::empty({pixels.shape()[0], pixels.shape()[1], 1}, DType::u8, memory_);
    const pipeline::Measures measures = [&] {
      const pipeline::StageTimes::Scope timer(times_, "measure");
      return pipeline::measure(pixels, luma);
    }();
    const pipeline::StageTimes::Scope timer(times_, "hash");
    const auto& [red, green, blue] = measures.channels;
    const auto deviation = [](const pipeline::Moments& moments) { return std::sqrt(moments.variance()); };
    const decltype(Field::value) values[] = {static_cast<std::int64_t>(bytes.size()),
                                             std::int64_t{info.channels},
                                             std::int64_t{info.bits},
                                             std::int64_t{info.orientation},
                                             red.mean(),
                                             green.mean(),
                                             blue.mean(),
                                             deviation(red),
                                             deviation(green),
                                             deviation(blue),
                                             measures.luma.mean(),
                                             deviation(measures.luma),
                                             measures.laplacian.variance(),
                                             fmt::format("{:016x}", perceptual_hash(luma)),
                                             bytes.empty() ? "" : sha256_hex(bytes)};
    for (std::size_t k = 0; k < fields.size(); ++k) row.fields.push_back({fields[k], values[k]});
  }

  const DecodeOptions decode_;
  const std::shared_ptr<Memory> memory_;
  pipeline::StageTimes times_;
};

class StatsTask final : public Task {
 public:
  explicit StatsTask(const StatsOptions& options) : decode_(options.decode) {
    if (decode_.background < -1 || decode_.background > 0xffffff)
      throw Error(Errc::invalid_argument,
                  fmt::format("stats: expected a background from 0 to 0xffffff or -1, got {}", decode_.background));
    decode_.channels = 3;
    decode_.shrink_to = 0;
  }

  RowColumns columns() const override { return {fields, 0}; }
  std::vector<std::pair<std::string, std::string>> manifest() const override {
    pipeline::Manifest manifest{{"task", "stats"}};
    pipeline::describe(manifest, decode_);
    return manifest;
  }
  std::unique_ptr<pipeline::Stage> stage(Device) const override { return std::make_unique<StatsStage>(decode_); }

 private:
  DecodeOptions decode_;
};

}  // namespace

std::unique_ptr<Task> stats_task(const StatsOptions& options) {
  return std::make_unique<StatsTask>(options);
}

}  // namespace fovea
