#include "fovea/processor.h"

#include <algorithm>
#include <limits>
#include <mutex>

#include "base/file.h"
#include "fovea/classify.h"
#include "pipeline/preparer.h"
#include "pipeline/top_classes.h"

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

pipeline::Picture picture_of(const ImageProcessor::Image& image, FileReader& reader, std::int64_t limit) {
  return std::visit(
      Match{[&](const std::filesystem::path& path) -> pipeline::Picture { return reader.read(path, limit).value(); },
            [](std::span<const std::byte> bytes) -> pipeline::Picture { return bytes; },
            [](const Array& pixels) -> pipeline::Picture { return pixels; }},
      image);
}

class ImageSource final : public Source {
 public:
  explicit ImageSource(std::span<const ImageProcessor::Image> images) : images_(images) {}
  std::optional<std::string> next() override {
    if (next_ == images_.size()) return std::nullopt;
    const auto* path = std::get_if<std::filesystem::path>(&images_[next_++]);
    return path ? path->native() : "";
  }
  Content take() override {
    return std::visit(Match{[](const std::filesystem::path& path) -> Content { return FileContent{path.native()}; },
                            [](std::span<const std::byte> bytes) -> Content { return bytes; },
                            [](const Array& pixels) -> Content { return pixels; }},
                      images_[next_ - 1]);
  }
  std::optional<std::int64_t> count() const override { return static_cast<std::int64_t>(images_.size()); }

 private:
  std::span<const ImageProcessor::Image> images_;
  std::size_t next_ = 0;
};

class PathSource final : public Source {
 public:
  explicit PathSource(std::span<const std::string> paths) : paths_(paths) {}
  std::optional<std::string> next() override {
    return next_ == paths_.size() ? std::nullopt : std::optional(paths_[next_++]);
  }
  Content take() override { return FileContent{paths_[next_ - 1]}; }
  std::optional<std::int64_t> count() const override { return static_cast<std::int64_t>(paths_.size()); }

 private:
  std::span<const std::string> paths_;
  std::size_t next_ = 0;
};

// What one thread prepares pictures with.
struct Preparation {
  Preparation(const Preprocess& preprocess, const DecodeOptions& decode) : preparer(preprocess, decode) {}
  FileReader reader;
  pipeline::Preparer preparer;
};

}  // namespace

struct ImageProcessor::State {
  Options options;
  DeviceChoice device;
  std::optional<Model> model;
  std::mutex mutex;
  std::vector<std::unique_ptr<Preparation>> idle;

  std::unique_ptr<Preparation> take() {
    {
      const std::lock_guard lock(mutex);
      if (!idle.empty()) {
        std::unique_ptr<Preparation> kept = std::move(idle.back());
        idle.pop_back();
        return kept;
      }
    }
    return std::make_unique<Preparation>(model->preprocess(), options.decode);
  }
  void give_back(std::unique_ptr<Preparation> kept) {
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(kept));
  }

  Shape slot() const {
    const Preprocess& p = model->preprocess();
    return {p.channels, p.crop, p.crop};
  }
  RunOptions run_options() const {
    RunOptions run;
    run.workers = options.workers;
    run.devices = {device.device};
    run.limits = options.decode.limits;
    return run;
  }
};

ImageProcessor::ImageProcessor() : ImageProcessor(Options{}) {}

ImageProcessor::ImageProcessor(Options options) : state_(std::make_unique<State>()) {
  check(options);
  const DevicesChoice choice = choose_devices(options.device);
  if (choice.devices.size() != 1)
    throw Error(Errc::invalid_argument, "ImageProcessor: expected one device, got " + options.device);
  state_->device = {choice.devices.front(), choice.reason};
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
  state_->idle.clear();
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
  const Array to = Array::empty(state_->slot(), DType::f32);
  if (std::optional<Error> error = preprocess(image, to)) return *std::move(error);
  return to;
}

std::optional<Error> ImageProcessor::preprocess(const Image& image, const Array& to) const {
  if (to.dtype() != DType::f32 || to.shape() != state_->slot())
    throw Error(Errc::invalid_argument, "preprocess: expected f32 " + to_string(state_->slot()) + " to write to, got " +
                                            std::string(name(to.dtype())) + " " + to_string(to.shape()));
  to.span<float>();  // on the host, contiguous, writable
  std::unique_ptr<Preparation> with = state_->take();
  std::optional<Error> failed;
  try {
    pipeline::Budget unbounded(std::numeric_limits<std::int64_t>::max());
    const std::int64_t most = state_->options.decode.limits.max_encoded_bytes;
    with->preparer.from(picture_of(image, with->reader, most), to, unbounded).value();
  } catch (const Error& error) {
    failed = error;
  }
  state_->give_back(std::move(with));
  return failed;
}

Array ImageProcessor::infer(const Array& batch) const {
  return state_->model->run(batch, state_->options.workers);
}

std::vector<Prediction> ImageProcessor::postprocess(const Array& logits) const {
  if (logits.dtype() != DType::f32 || logits.shape() != Shape{state_->model->classes()} || !logits.contiguous())
    throw Error(Errc::invalid_argument, "postprocess: expected f32 [" + std::to_string(state_->model->classes()) +
                                            "], got " + std::string(name(logits.dtype())) + " " +
                                            to_string(logits.shape()));
  return pipeline::top_classes(logits.span<float>(), state_->options.topk, state_->model->labels());
}

std::vector<Row> ImageProcessor::process_batch(std::span<const Image> images) const {
  std::vector<Row> rows;
  rows.reserve(images.size());
  ImageSource source(images);
  run(
      source, *task(), [&](Row&& row) { rows.push_back(std::move(row)); }, state_->run_options());
  return rows;
}

Report ImageProcessor::parallel_process(std::span<const std::string> paths, const Sink& sink, std::stop_token stop,
                                        const std::function<void(const Progress&)>& progress) const {
  RunOptions options = state_->run_options();
  options.max_failures = state_->options.max_failures;
  options.max_failed_fraction = state_->options.max_failed_fraction;
  options.progress = progress;
  PathSource source(paths);
  return run(source, *task(), sink, options, stop);
}

std::unique_ptr<Task> ImageProcessor::task() const {
  const Options& o = state_->options;
  return classify_task(*state_->model, {o.topk, o.batch_size, o.logits, o.decode});
}

}  // namespace fovea
