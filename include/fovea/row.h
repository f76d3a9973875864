#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fovea/error.h"

namespace fovea {

struct Prediction {
  int class_index = 0;
  std::string label;  // empty when the model has none
  float probability = 0;
};

// One more thing that a row says: a count, a measure, a text.
struct Field {
  std::string name;
  std::variant<std::int64_t, double, std::string> value;
};

// What became of one input: results, or the error.
struct Row {
  std::int64_t index = 0;
  std::string path;     // empty for pictures that came as bytes or arrays
  bool reused = false;  // its results are there from before: it carries nothing but index and path
  std::optional<Error> error;
  int width = 0, height = 0;  // of the oriented picture
  std::string format;
  std::vector<Field> fields;     // in the order of RowColumns::fields
  std::vector<Prediction> top;   // most probable first; equal ones by class index
  std::vector<float> values;     // logits or features, when they are asked for
  std::string file;              // the name of what is kept of the picture, relative to a folder or in an archive
  std::vector<std::byte> bytes;  // and that file's contents
};

// What the rows of one run have besides index, path, status, width, height, format and the error.
struct RowColumns {
  std::vector<std::string> fields;
  int topk = 0;  // classes in a row
};

// Where a kind of work happened and how long it took.
struct StageTime {
  std::string name;         // "list", "read", "fetch", "decode", "prepare", "infer", "write"…
  double busy_seconds = 0;  // summed over threads, so it may exceed the run's seconds
  std::int64_t count = 0;   // of pictures, or of other pieces of work
};

// A place where pictures wait, over the run.
struct QueueUse {
  std::string name;  // "inputs", "batches", "rows"
  double mean = 0;   // waiting, over time
  std::int64_t most = 0, capacity = 0;
};

struct Report {
  std::int64_t inputs = 0, ok = 0, failed = 0;   // of rows that were handed over
  std::int64_t reused = 0;                       // of these, rows that were there from before
  std::int64_t inputs_known = -1;                // of the source, handled or not; -1: it did not say
  double seconds = 0, first_result_seconds = 0;  // from the start of the run, without loading the model
  bool interrupted = false;                      // by a stop request, before all inputs were done
  bool over_budget = false;                      // more inputs failed than the options allow; the run ended early
  int threads = 0;
  std::vector<StageTime> stages;
  std::vector<StageTime> waits;  // of the worker threads: "input", "memory", "order", "batch"
  std::vector<QueueUse> queues;
  std::int64_t memory_bytes = 0;       // the most that the run had admitted of its budget for pictures
  std::int64_t memory_budget = 0;      // for pictures, in bytes
  std::vector<std::string> devices;    // that took batches: "cpu", "cuda:0"
  std::vector<std::int64_t> pictures;  // through the network of each of these
  std::vector<double> device_seconds;  // that batches spent there, summed over the threads of "cpu"
  double source_seconds = 0;           // of "list" and "read", in the source itself: one thread at a time
  // Inputs a second.
  double rate() const { return seconds > 0 ? static_cast<double>(inputs) / seconds : 0; }
};

struct Progress {
  std::int64_t done = 0, failed = 0;  // rows; failed ones are among those done
  std::int64_t total = 0;             // -1: not known yet
  std::int64_t reused = 0;            // of those done
  double seconds = 0;
};

}  // namespace fovea
