#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "fovea/array.h"
#include "fovea/device.h"
#include "fovea/image.h"
#include "fovea/model.h"
#include "fovea/pipeline.h"
#include "fovea/row.h"

namespace fovea {

// Classifies pictures: few or many, from files, bytes or arrays. const functions may run in several threads at once,
// each with its own workers; load_model() only while none runs.
class ImageProcessor {
 public:
  struct Options {
    std::string device = "auto";  // "auto", "cpu", "cuda", "cuda:1"
    std::string model = "mini";   // see Model::load
    int batch_size = 32;  // at most this many pictures go through the network at once; on the CPU never more than 8
    int workers = 0;      // threads; 0: the thread budget, which is also the most
    int topk = 5;         // predictions a row, at most one a class
    bool logits = false;  // keep each row's logits
    std::optional<Preprocess> preprocess;       // instead of the model's own, for every model that is loaded
    DecodeOptions decode;                       // channels are the model's
    std::optional<std::int64_t> max_failures;   // parallel_process: a run with more failures ends early
    std::optional<double> max_failed_fraction;  // the same, of the number of inputs
  };
  // A file, an encoded picture, or pixels u8 [height, width, channels].
  using Image = std::variant<std::filesystem::path, std::span<const std::byte>, Array>;

  ImageProcessor();  // all defaults
  // Loads the model. Throws Error: invalid_argument for options out of range, device, those of Model::load().
  explicit ImageProcessor(Options);
  ~ImageProcessor();
  ImageProcessor(ImageProcessor&&) noexcept;
  ImageProcessor& operator=(ImageProcessor&&) noexcept;

  void load_model(const std::string& name_or_path);  // throws what Model::load() throws, and keeps the model it has
  void load_model(Model);
  const Model& model() const;
  const Options& options() const;
  const DeviceChoice& device() const;

  Result<Array> preprocess(const Image&) const;  // f32 [channels, crop, crop]
  // The same into `to`, of that type and shape and contiguous, with tables and memory kept from one call to the next.
  // Returns what is wrong with the picture, after which the contents of `to` are unspecified, or nothing. Throws
  // Error(invalid_argument) for another type, shape or place of `to`.
  std::optional<Error> preprocess(const Image&, const Array& to) const;
  Array infer(const Array& batch) const;  // f32 [n, channels, crop, crop] -> logits f32 [n, classes]
  std::vector<Prediction> postprocess(const Array& logits) const;  // f32 [classes] -> the topk, most probable first
  // infer() and postprocess() throw Error(invalid_argument) for another shape or type.

  // One row for each image, in order; bad pictures are rows with an error. max_failures holds here, too: then rows of
  // the last images may be missing.
  std::vector<Row> process_batch(std::span<const Image>) const;

  // One row for each path, handed to `sink` in the order of `paths`, from one thread at a time. Bad pictures are rows
  // with an error; Error is thrown only for what ends the run (the sink's own exceptions included). A stop request
  // finishes what is in flight, hands over those rows and returns with `interrupted`. Rows and progress come from
  // worker threads, and slow callbacks hold up the run. Memory does not grow with the number of paths.
  using Sink = std::function<void(Row&&)>;
  Report parallel_process(std::span<const std::string> paths, const Sink& sink, std::stop_token = {},
                          const std::function<void(const Progress&)>& progress = {}) const;

  // Classification as a task for run(), with this processor's model and options.
  std::unique_ptr<Task> task() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fovea
