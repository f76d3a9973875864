#include "fovea/transform.h"

#include <limits>
#include <type_traits>

#include "codec/codec.h"
#include "device/host_memory.h"
#include "ops/plugin/loaded.h"
#include "pipeline/admitted_decode.h"
#include "pipeline/chain/chain.h"
#include "pipeline/chain/output_name.h"
#include "pipeline/manifest.h"
#include "pipeline/stage.h"
#include "pipeline/stage_times.h"

namespace fovea {
namespace {

// A picture and the shape that it counts as, which decoding may have scaled.
struct Decoded {
  Array pixels;
  Shape as;
};

class TransformStage final : public pipeline::Stage {
 public:
  TransformStage(std::shared_ptr<const pipeline::Chain> chain, const DecodeOptions& decode, Device device)
      : chain_(std::move(chain)), decode_(decode), device_(device) {}

  void load(const pipeline::Picture& picture, Row& row, const Array&, pipeline::Budget& budget,
            pipeline::Deadline deadline) override {
    pipeline::Budget::Lease lease;  // outlives the pixels
    const Decoded decoded = std::holds_alternative<Array>(picture)
                                ? take(std::get<Array>(picture), row, lease, budget)
                                : decode(std::get<std::span<const std::byte>>(picture), row, lease, budget, deadline);
    const Array result =
        timed("transform", [&] { return chain_->apply(decoded.pixels, decoded.as, device_, deadline); });
    deadline.check("encode");
    row.bytes = timed("encode", [&] { return encode(result, chain_->encoding()); });
    row.file = pipeline::output_name(row.path, row.index, chain_->extensions());
    row.fields = {{"out_width", result.shape()[1]},
                  {"out_height", result.shape()[0]},
                  {"bytes", static_cast<std::int64_t>(row.bytes.size())},
                  {"file", row.file}};
  }

  void add_times(std::vector<StageTime>& stages) const override { times_.add_to(stages); }

 private:
  template <class Work>
  std::invoke_result_t<Work> timed(const char* name, Work&& work) {
    const pipeline::StageTimes::Scope timer(times_, name);
    return work();
  }

  static void describe(Row& row, const Shape& shape, std::string_view format) {
    row.height = static_cast<int>(shape[0]);
    row.width = static_cast<int>(shape[1]);
    row.format = format;
  }

  Decoded take(const Array& pixels, Row& row, pipeline::Budget::Lease& lease, pipeline::Budget& budget) {
    const Shape& shape = pixels.shape();
    if (pixels.dtype() != DType::u8 || shape.size() != 3 || shape[2] != decode_.channels || pixels.size() == 0)
      throw Error(Errc::invalid_argument, "transform: expected pixels u8 [height, width, " +
                                              std::to_string(decode_.channels) + "], got " +
                                              std::string(name(pixels.dtype())) + " " + to_string(shape));
    describe(row, shape, "array");
    lease = budget.admit(chain_->peak(shape, pixels.size()));
    return {pixels, shape};
  }

  Decoded decode(std::span<const std::byte> bytes, Row& row, pipeline::Budget::Lease& lease, pipeline::Budget& budget,
                 pipeline::Deadline& deadline) {
    Shape shape;
    // Called when the headers are in order, so that probe() gives the size that decode() says only at its end.
    const auto peak = [&](std::int64_t decoded) {
      const ImageInfo info = probe(bytes, unbounded(decode_.limits)).value();
      const bool sideways = decode_.orient && info.orientation >= 5;
      shape = {sideways ? info.width : info.height, sideways ? info.height : info.width, decode_.channels};
      return chain_->peak(shape, decoded);
    };
    DecodedImage image =
        pipeline::decode_admitted(bytes, decode_, host_memory(), budget, deadline, lease, times_, peak).value();
    describe(row, shape, image.info.format);
    return {std::move(image.pixels), shape};
  }

  static Limits unbounded(Limits limits) {
    limits.max_decoded_bytes = std::numeric_limits<std::int64_t>::max();
    return limits;
  }

  const std::shared_ptr<const pipeline::Chain> chain_;
  const DecodeOptions decode_;
  const Device device_;
  pipeline::StageTimes times_;
};

class TransformTask final : public Task {
 public:
  explicit TransformTask(const TransformOptions& options)
      : text_(options.ops),
        decode_(options.decode),
        chain_(std::make_shared<const pipeline::Chain>(options.ops, options.decode.channels)) {
    decode_.shrink_to = shrink_to(options.scale, static_cast<int>(chain_->first_resize()));
  }

  RowColumns columns() const override { return {{"out_width", "out_height", "bytes", "file"}, 0}; }

  std::vector<std::pair<std::string, std::string>> manifest() const override {
    pipeline::Manifest entries{{"ops", text_}, {"channels", std::to_string(decode_.channels)}};
    for (const std::string& op : chain_->plugin_ops()) entries.emplace_back("plug-in " + op, ops::library_hash(op));
    pipeline::describe(entries, decode_);
    return entries;
  }

  std::unique_ptr<pipeline::Stage> stage(Device device) const override {
    return std::make_unique<TransformStage>(chain_, decode_, device);
  }

 private:
  std::string text_;
  DecodeOptions decode_;
  std::shared_ptr<const pipeline::Chain> chain_;
};

}  // namespace

std::unique_ptr<Task> transform_task(const TransformOptions& options) {
  const DecodeOptions& decode = options.decode;
  if (decode.channels != 1 && decode.channels != 3 && decode.channels != 4)
    throw Error(Errc::invalid_argument,
                "transform: expected 1, 3 or 4 channels, got " + std::to_string(decode.channels));
  return std::make_unique<TransformTask>(options);
}

}  // namespace fovea
