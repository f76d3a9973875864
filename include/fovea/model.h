#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/array.h"
#include "fovea/error.h"

namespace fovea {

// How pictures become the network's input: torchvision's contract. Shorter side to `resize` with Pillow's antialiased
// filter, centre crop, divide by 255, subtract mean, divide by std, channels first.
struct Preprocess {
  int resize = 256;                                 // pixels of the shorter side, 1 to 16384
  int crop = 224;                                   // pixels of the square that the network sees, at most resize
  int channels = 3;                                 // 1 or 3
  std::string interpolation = "bilinear";           // "nearest", "box", "bilinear", "hamming", "bicubic" or "lanczos"
  std::vector<float> mean{0.485f, 0.456f, 0.406f};  // one a channel, of values in 0..1
  std::vector<float> std{0.229f, 0.224f, 0.225f};   // one a channel, above 0
};

// Named tensors as a training framework saves them.
struct StateDict {
  std::map<std::string, Array> tensors;
  std::map<std::string, std::string> metadata;
  std::string format;  // "safetensors", "pth", "pth (legacy)"
};
// Decided by content. Executes nothing. f16, bf16 and f64 tensors stay as stored. Reads the whole file, of at most 4
// GiB. Errors: those of opening and reading, empty, truncated, corrupt, unsupported, model_format, tensor_size,
// pickle_opcode, pickle_global, limit_bytes, limit_metadata, limit_memory.
Result<StateDict> load_state_dict(const std::filesystem::path&);

struct LayerInfo {
  std::string name, op;
  Shape output;  // without the batch extent
  std::int64_t parameters = 0;
  std::int64_t multiply_adds = 0;  // a picture; of convolutions and linear layers
};

// What a model on a device did so far. A batch goes through the network in runs of 1, 2, 4… pictures, each size a
// recorded graph.
struct DeviceRuns {
  std::int64_t batches = 0, pictures = 0;      // given to run()
  std::int64_t runs = 0;                       // of the network
  std::int64_t graph_launches = 0;             // runs that replayed a recorded graph; the others missed it, because
  std::int64_t first_of_size = 0;              //   the first run of a size is not recorded: kernels are loaded in it
  std::int64_t first_after_out_of_memory = 0;  // the graphs made before memory ran out were given back
  std::int64_t not_recordable = 0;             // recording failed
  std::string not_recordable_because;
  std::int64_t split = 0;                // batches of a size that takes several runs
  std::int64_t padded = 0, padding = 0;  // runs that were filled up with zeros, and the pictures of zeros
  std::int64_t out_of_memory = 0;        // times that the largest size was halved
  std::int64_t largest = 0;              // pictures a run, now
};

// What a spatial layer [c, h, w] gives as a network's output: all values, channel by channel and row by row, or the
// mean of each channel.
enum class Pooling : std::uint8_t { none, average };

// In what a network computes: see docs/precision.md.
enum class Precision : std::uint8_t { f32, bf16, int8, f16 };
std::string_view name(Precision);  // "bf16"

struct Calibration;

// A network with its weights, labels and preprocessing. Immutable; copies share it. Thread-safe. A default-made Model
// is empty: it can only be assigned to.
class Model {
 public:
  // "mini" (embedded), a name of the zoo, or a file ("./mini" for a file of such a name). A model of the zoo that is
  // not in the cache is downloaded, as by pull_model(); one that is there is not hashed again before use. The table
  // that tune() made of it on this CPU, if any, chooses its kernels (fovea/tuning.h), unless FOVEA_TUNING is "off".
  // Throws Error: those of load_state_dict() and pull_model(), not_found, model_format, corrupt for such a table.
  static Model load(const std::string& name_or_path);
  // Recognises the family by names and shapes. Throws Error(model_format).
  static Model from_state_dict(StateDict, std::string name);

  const std::string& name() const;
  const std::string& architecture() const;  // "resnet18", "cifar-resnet20"
  const std::string& fingerprint() const;   // sha256 of the file's bytes, empty for a state dict from memory
  const Preprocess& preprocess() const;
  const std::vector<std::string>& labels() const;  // empty, or one a class
  int classes() const;                             // 0 once with_output() has taken another output
  std::int64_t parameters() const;                 // of the whole network
  std::vector<LayerInfo> layers() const;           // that run() computes, after fusion, for the preprocessing's crop
  // What run() gives for a picture before it is flattened: {classes}, {512}, {64, 56, 56}.
  Shape output() const;

  Model with_labels(std::vector<std::string>) const;  // throws Error(model_format) when the count is not classes()
  // Throws Error: invalid_argument for values out of range or another number of channels, model_format when the network
  // cannot take the crop.
  Model with_preprocess(Preprocess) const;

  // The same network with a layer's results as its output, named as in layers(): a layer that others were fused into
  // gives what comes after their normalisation, sum and activation. A block's name, "layer4" or "layer4.1", means its
  // last layer; no name means what goes into the last linear layer. Only what the layer needs is computed. Pooling is
  // of layers with rows and columns. Throws Error(invalid_argument) for another name, with those near it, and without
  // one for a network that ends in no linear layer.
  Model with_output(const std::string& layer = "", Pooling = Pooling::none) const;

  // The same network in f32, bf16 or f16. Input and output stay f32. Throws Error(unsupported) on processors without
  // instructions for it, which for f16 are all, and for int8, which with_int8() gives.
  Model with_precision(Precision) const;
  // The same network on 8-bit integers, with ranges that a Calibrator found (fovea/calibration.h). Throws Error:
  // unsupported as above and for a preprocessing whose mean is outside 0..1; model_format for a calibration of another
  // model or without a layer's range.
  Model with_int8(const Calibration&) const;
  Precision precision() const;
  const Calibration* calibration() const;  // of int8, else null

  // The same network on a device, its weights copied there; itself if it is there. Throws Error: device when the
  // device or its ops cannot be used, device_memory, unsupported for a precision that the processor has no
  // instructions for.
  Model to(Device) const;
  Device device() const;
  DeviceRuns device_runs() const;  // zeros on the CPU

  // Logits f32 [n, classes] of pictures f32 [n, channels, crop, crop], or f32 [n, size of output()]. Uses at most
  // `threads` threads (0: the budget); the bits do not depend on n or threads. Throws Error(invalid_argument) for
  // another shape, type or device. Concurrent calls each use memory of their own for intermediate results, which is
  // kept for later calls. On a device they share its streams, copies of one beside the network of another; there
  // pictures may be on the device too, ready for any stream, and logits are on the host. Throws Error there:
  // device_memory when not even one picture has room, device_lost.
  Array run(const Array& batch, int threads = 0) const;

 private:
  friend class Calibrator;
  friend class Session;
  friend class Tuner;
  std::shared_ptr<const struct ModelState> state_;
};

// "imagenet" (the thousand names of the 2012 challenge) or a file with one label a line (LF or CRLF, BOM allowed).
// Throws Error: those of opening and reading, empty, corrupt with the line (an empty line, not printable UTF-8).
std::vector<std::string> load_labels(const std::string& name_or_path);

struct ZooEntry {
  std::string name, description, url, sha256;
  std::int64_t bytes = 0;      // about
  bool cached = false;         // the file is there; its hash was checked when it was downloaded
  std::filesystem::path path;  // in the cache
};
std::vector<ZooEntry> model_zoo();  // by size; "mini" is not of it

struct PullOptions {
  std::string url;  // instead of the publisher's; FOVEA_MODEL_URL (a base address) comes next
  std::function<void(std::int64_t done, std::int64_t total)> progress;
};
// Downloads to the cache, resuming a part that is there; the final name appears only after sha256 agrees. Returns its
// path. Several processes may pull one model at once. Throws Error: not_found for another name or without a cache
// folder, download, checksum, io.
std::filesystem::path pull_model(const std::string& name, const PullOptions& = {});

}  // namespace fovea
