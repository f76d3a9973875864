#include "fovea/processor.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/threads.h"
#include "model/session.h"
#include "processor/classify_stage.h"

namespace fovea {
namespace {

template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Match(Cases...) -> Match<Cases...>;

void check(const ImageProcessor::Options& o) {
  const auto refuse = [](const std::string& what) {
    throw Error(Errc::invalid_argument, "ImageProcessor: expected " + what);
  };
  if (o.batch_size < 1 || o.batch_size > 4096) refuse("batch_size from 1 to 4096, got " + std::to_string(o.batch_size));
  if (o.workers < 0 || o.workers > 4096) refuse("workers from 0 to 4096, got " + std::to_string(o.workers));
  if (o.topk < 1) refuse("topk of at least 1, got " + std::to_string(o.topk));
  if (o.max_failures && *o.max_failures < 0) refuse("max_failures of at least 0");
  if (o.max_failed_fraction && !(*o.max_failed_fraction >= 0 && *o.max_failed_fraction <= 1))
    refuse("max_failed_fraction from 0 to 1");
}

// Of pictures that nothing but their own limits bounds.
pipeline::Budget& unbounded() {
  static pipeline::Budget budget(std::numeric_limits<std::int64_t>::max());
  return budget;
}

Result<pipeline::PictureInfo> load_image(pipeline::Preparer& preparer, const ImageProcessor::Image& image,
                                         const Array& slot) {
  return std::visit(
      Match{[&](const std::filesystem::path& path) { return preparer.from_file(path, slot, unbounded()); },
            [&](std::span<const std::byte> bytes) { return preparer.from_bytes(bytes, slot, unbounded()); },
            [&](const Array& pixels) { return preparer.from_pixels(pixels, slot); }},
      image);
}

// A device without ops runs no networks.
DeviceChoice choose_network_device(const std::string& request) {
  const DeviceChoice choice = choose_device(request);
  const std::string reason = ops::unusable_reason(choice.device);
  if (reason.empty()) return choice;
  if (request == "auto") return {Device::cpu(), choice.device.name() + " is there, but not its ops: " + reason};
  throw Error(Errc::device, "device: " + request + " asked for, but its ops cannot be used: " + reason +
                                "; use --device cpu or auto");
}

std::optional<std::int64_t> failure_budget(const ImageProcessor::Options& o, std::int64_t inputs) {
  std::optional<std::int64_t> most = o.max_failures;
  if (o.max_failed_fraction) {
    const auto share = static_cast<std::int64_t>(std::floor(*o.max_failed_fraction * static_cast<double>(inputs)));
    most = std::min(most.value_or(share), share);
  }
  return most;
}

}  // namespace

struct ImageProcessor::State {
  Options options;
  DeviceChoice device;
  std::optional<Model> model;

  Shape slot() const {
    const Preprocess& p = model->preprocess();
    return {p.channels, p.crop, p.crop};
  }
  // Pictures a batch: on the CPU what one executor takes at once.
  int batch() const {
    if (device.device != Device::cpu()) return options.batch_size;
    return static_cast<int>(std::min<std::int64_t>(options.batch_size, model::Session::most_pictures));
  }

  Report run(std::int64_t inputs, const Load& load, const Sink& sink, std::optional<std::int64_t> max_failures,
             std::stop_token stop, const std::function<void(const Progress&)>& progress) const {
    const int most = usable_threads();
    pipeline::RunOptions run_options{inputs, options.workers > 0 ? std::min(options.workers, most) : most, batch(),
                                     slot(), max_failures};
    return pipeline::run(
        run_options, [&] { return std::make_unique<ClassifyStage>(*model, options, load); }, sink, stop, progress);
  }
};

ImageProcessor::ImageProcessor() : ImageProcessor(Options{}) {}

ImageProcessor::ImageProcessor(Options options) : state_(std::make_unique<State>()) {
  check(options);
  state_->device = choose_network_device(options.device);
  state_->options = std::move(options);
  load_model(state_->options.model);
}

ImageProcessor::~ImageProcessor() = default;
ImageProcessor::ImageProcessor(ImageProcessor&&) noexcept = default;
ImageProcessor& ImageProcessor::operator=(ImageProcessor&&) noexcept = default;

void ImageProcessor::load_model(const std::string& name_or_path) {
  load_model(Model::load(name_or_path));
}

void ImageProcessor::load_model(Model model) {
  const auto& wanted = state_->options.preprocess;
  state_->model = (wanted ? model.with_preprocess(*wanted) : std::move(model)).to(state_->device.device);
}

const Model& ImageProcessor::model() const {
  return *state_->model;
}
const ImageProcessor::Options& ImageProcessor::options() const {
  return state_->options;
}
const DeviceChoice& ImageProcessor::device() const {
  return state_->device;
}

Result<Array> ImageProcessor::preprocess(const Image& image) const {
  pipeline::Preparer preparer(state_->model->preprocess(), state_->options.decode);
  const Array slot = Array::empty(state_->slot(), DType::f32);
  Result<pipeline::PictureInfo> info = load_image(preparer, image, slot);
  if (!info) return info.error();
  return slot;
}

Array ImageProcessor::infer(const Array& batch) const {
  return state_->model->run(batch, state_->options.workers);
}

std::vector<Prediction> ImageProcessor::postprocess(const Array& logits) const {
  if (logits.dtype() != DType::f32 || logits.shape() != Shape{state_->model->classes()} || !logits.contiguous())
    throw Error(Errc::invalid_argument, "postprocess: expected f32 [" + std::to_string(state_->model->classes()) +
                                            "], got " + std::string(name(logits.dtype())) + " " +
                                            to_string(logits.shape()));
  return top_classes(logits.span<float>(), state_->options.topk, state_->model->labels());
}

std::vector<Row> ImageProcessor::process_batch(std::span<const Image> images) const {
  std::vector<Row> rows;
  rows.reserve(images.size());
  const Load load = [&](pipeline::Preparer& preparer, std::int64_t index, const Array& slot) {
    return load_image(preparer, images[static_cast<std::size_t>(index)], slot);
  };
  state_->run(static_cast<std::int64_t>(images.size()), load, [&](Row&& row) { rows.push_back(std::move(row)); }, {},
              {}, {});
  for (Row& row : rows)
    if (const auto* path = std::get_if<std::filesystem::path>(&images[static_cast<std::size_t>(row.index)]))
      row.path = path->native();
  return rows;
}

Report ImageProcessor::parallel_process(std::span<const std::string> paths, const Sink& sink, std::stop_token stop,
                                        const std::function<void(const Progress&)>& progress) const {
  const Load load = [&](pipeline::Preparer& preparer, std::int64_t index, const Array& slot) {
    return preparer.from_file(paths[static_cast<std::size_t>(index)], slot, unbounded());
  };
  const Sink named = [&](Row&& row) {
    row.path = paths[static_cast<std::size_t>(row.index)];
    sink(std::move(row));
  };
  return state_->run(static_cast<std::int64_t>(paths.size()), load, named,
                     failure_budget(state_->options, static_cast<std::int64_t>(paths.size())), stop, progress);
}

}  // namespace fovea
