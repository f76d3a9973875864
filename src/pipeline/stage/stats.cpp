#include "fovea/stats.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "array/host.h"
#include "base/sha256.h"
#include "codec/pixels.h"
#include "device/host_memory.h"
#include "fovea/memory_adaptors.h"
#include "pipeline/admitted_decode.h"
#include "pipeline/likeness/measures.h"
#include "pipeline/manifest.h"
#include "pipeline/stage.h"

namespace fovea {
namespace {

using Bytes = std::span<const std::byte>;

// For a worker's pictures, so that the next ones touch no new pages.
constexpr PoolOptions buffers{.segment = std::size_t{2} << 20, .keep = std::size_t{48} << 20};

const std::vector<std::string> fields{"bytes",      "channels",  "bits",      "orientation", "mean_red",
                                      "mean_green", "mean_blue", "std_red",   "std_green",   "std_blue",
                                      "brightness", "contrast",  "sharpness", "phash",       "sha256"};

// The luma is a third of the pixels.
std::int64_t with_luma(std::int64_t decoded) {
  return decoded + std::min(decoded / 3, std::numeric_limits<std::int64_t>::max() - decoded);
}

class StatsStage final : public pipeline::Stage {
 public:
  explicit StatsStage(const DecodeOptions& decode)
      : decode_(decode), memory_(std::make_shared<PoolMemory>(system_memory(), buffers)) {}

  void load(const pipeline::Picture& picture, Row& row, const Array&, pipeline::Budget& budget,
            pipeline::Deadline deadline) override {
    pipeline::Budget::Lease lease;  // outlives the pixels
    const auto* bytes = std::get_if<Bytes>(&picture);
    const Result<DecodedImage> image =
        bytes ? pipeline::decode_admitted(*bytes, decode_, memory_, budget, deadline, lease, times_, with_luma)
              : taken(std::get<Array>(picture), budget, lease);
    if (!image) {
      row.error = image.error();
      return;
    }
    deadline.check("measures");
    const auto& [pixels, info] = image.value();
    row.width = static_cast<int>(pixels.shape()[1]);
    row.height = static_cast<int>(pixels.shape()[0]);
    row.format = info.format;
    fill(row, info, pixels, bytes ? *bytes : Bytes{});
  }

  void add_times(std::vector<StageTime>& totals) const override { times_.add_to(totals); }

 private:
  // Pixels of any layout as u8 [height, width, 3].
  Result<DecodedImage> taken(const Array& given, pipeline::Budget& budget, pipeline::Budget::Lease& lease) {
    const std::int64_t channels = given.ndim() == 3 ? given.shape()[2] : 0;
    if (given.dtype() != DType::u8 || given.size() == 0 || (channels != 1 && channels != 3 && channels != 4))
      return Error(Errc::invalid_argument, "stats: expected pixels u8 [height, width, 1, 3 or 4], got " +
                                               std::string(name(given.dtype())) + " " + to_string(given.shape()));
    require_host("stats", given);
    const std::int64_t height = given.shape()[0], width = given.shape()[1];
    lease = budget.admit(with_luma(codec::picture_bytes(height, width, 3)));
    const ImageInfo info{.width = static_cast<int>(width),
                         .height = static_cast<int>(height),
                         .channels = static_cast<int>(channels),
                         .format = "array"};
    const Array pixels = given.contiguous() ? given : given.copy();
    if (channels == 3) return DecodedImage{pixels, info};
    const Array rgb = Array::empty({height, width, 3}, DType::u8, memory_);
    codec::convert_row(pixels.span<std::uint8_t>().data(), channels == 1 ? codec::Layout::grey : codec::Layout::rgba,
                       rgb.span<std::uint8_t>().data(), static_cast<std::size_t>(height * width), {3, -1});
    return DecodedImage{rgb, info};
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
