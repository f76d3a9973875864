#include "fovea/store.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/sha256.h"
#include "codec/sniff.h"
#include "device/host_memory.h"
#include "fovea/memory_adaptors.h"
#include "pipeline/admitted_decode.h"
#include "pipeline/manifest.h"
#include "pipeline/stage.h"

namespace fovea {
namespace {

using Bytes = std::span<const std::byte>;
using Check = StoreOptions::Check;
using Names = StoreOptions::Names;

constexpr PoolOptions buffers{.segment = std::size_t{2} << 20, .keep = std::size_t{48} << 20};

std::string_view extension_of(std::string_view format) {
  if (format.empty()) return "bin";
  return format == "jpeg" ? "jpg" : format == "tiff" ? "tif" : format;
}

class StoreStage final : public pipeline::Stage {
 public:
  explicit StoreStage(const StoreOptions& options)
      : options_(options), memory_(std::make_shared<PoolMemory>(system_memory(), buffers)) {}

  void load(const pipeline::Picture& picture, Row& row, const Array&, pipeline::Budget& budget,
            pipeline::Deadline deadline) override {
    const auto* bytes = std::get_if<Bytes>(&picture);
    if (bytes == nullptr)
      row.error = Error(Errc::invalid_argument, "store: expected a file's bytes, got pixels; transform encodes them");
    else if (const auto error = inspect(*bytes, row, budget, deadline))
      row.error = *error;
    else
      keep(*bytes, row);
  }

  void add_times(std::vector<StageTime>& totals) const override { times_.add_to(totals); }

 private:
  // Sets what the header says. The error of bytes that are not to be kept.
  std::optional<Error> inspect(Bytes bytes, Row& row, pipeline::Budget& budget, pipeline::Deadline& deadline) {
    const Result<ImageInfo> info = probe(bytes, options_.limits);
    if (!info) {
      const bool kept = options_.check == Check::none && !bytes.empty();
      if (kept) row.format = format_of(bytes);
      return kept ? std::nullopt : std::optional(info.error());
    }
    row.format = info.value().format;
    row.width = info.value().width;
    row.height = info.value().height;
    if (info.value().orientation >= 5) std::swap(row.width, row.height);
    return options_.check == Check::decode ? decode_error(bytes, budget, deadline) : std::nullopt;
  }

  std::optional<Error> decode_error(Bytes bytes, pipeline::Budget& budget, pipeline::Deadline& deadline) {
    pipeline::Budget::Lease lease;
    const Result<DecodedImage> image = pipeline::decode_admitted(bytes, {.orient = false, .limits = options_.limits},
                                                                 memory_, budget, deadline, lease, times_, {});
    return image ? std::nullopt : std::optional(image.error());
  }

  static std::string_view format_of(Bytes bytes) {
    const codec::Codec* codec = codec::find_codec(bytes);
    return codec == nullptr ? "" : codec->name;
  }

  void keep(Bytes bytes, Row& row) {
    const pipeline::StageTimes::Scope timer(times_, "hash");
    const std::string hash = sha256_hex(bytes);
    const std::string stem = options_.names == Names::sha256 ? hash : fmt::format("{:09}", row.index);
    row.file = fmt::format("{}.{}", stem, extension_of(row.format));
    row.bytes.assign(bytes.begin(), bytes.end());
    row.fields = {{"bytes", static_cast<std::int64_t>(bytes.size())}, {"sha256", hash}, {"file", row.file}};
  }

  const StoreOptions options_;
  const std::shared_ptr<Memory> memory_;
  pipeline::StageTimes times_;
};

class StoreTask final : public Task {
 public:
  explicit StoreTask(const StoreOptions& options) : options_(options) {}

  RowColumns columns() const override { return {{"bytes", "sha256", "file"}, 0}; }
  std::vector<std::pair<std::string, std::string>> manifest() const override {
    constexpr const char* checks[] = {"none", "header", "decode"};
    pipeline::Manifest manifest{{"task", "store"},
                                {"names", options_.names == Names::index ? "index" : "sha256"},
                                {"check", checks[static_cast<std::size_t>(options_.check)]}};
    pipeline::describe(manifest, options_.limits);
    return manifest;
  }
  std::unique_ptr<pipeline::Stage> stage(Device) const override { return std::make_unique<StoreStage>(options_); }

 private:
  const StoreOptions options_;
};

}  // namespace

std::unique_ptr<Task> store_task(const StoreOptions& options) {
  return std::make_unique<StoreTask>(options);
}

}  // namespace fovea
