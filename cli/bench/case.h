#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/array.h"
#include "fovea/decode_scale.h"
#include "fovea/limits.h"
#include "fovea/model.h"
#include "fovea/ops.h"

namespace fovea::cli {

// What a case needs at least of one resource of the machine: `amount` bytes or operations, of a working set of
// `bytes` where it is memory.
struct Demand {
  enum class Of { read, write, copy, multiply_add };
  Of of;
  double amount;
  std::int64_t bytes = 0;
  DType dtype = DType::f64;
};

// Another way of ours to do the same.
struct Alternative {
  std::string name;
  std::function<void()> run;
};

// One thing to time.
struct Case {
  std::string subject, name;
  DType dtype;
  std::function<void()> run = {};
  double work = 0;                        // of one run
  std::string unit = {};                  // "GB/s", "images/s" …; empty: only the time counts
  std::vector<Demand> demands = {};       // the largest part of them is the limit; none: no limit is known
  std::function<double()> measured = {};  // seconds, in place of timing run
  std::function<void()> loop = {};
  double loop_scale = 1;  // the loop runs on a part of the problem; its time counts this often
  nlohmann::json peers = {};
  double unit_work = 1e9;                 // the work a second that is one `unit`
  std::function<double()> least_ms = {};  // measures what a run cannot be quicker than, in place of demands
  std::vector<Alternative> beside = {};   // take turns with the run
  std::int64_t encoded_bytes = 0;         // that a run decodes; 0: it decodes nothing
  int threads = 0;                        // of the case; 0: the thread budget
  bool latency = false;                   // each call is timed by itself, for the 99th percentile
  bool memory = false;                    // the peak of resident memory is asked for
  std::shared_ptr<const void> kept = {};  // what peers read meanwhile

  double rate(double ms) const { return work / unit_work / (ms / 1e3); }
};

struct Request {
  std::vector<Shape> sizes;   // as asked; empty: each subject's own
  std::vector<DType> dtypes;  // likewise
  int rounds = 7;
  bool loop = false;
  Device device;
  std::vector<std::string> pictures;  // files and folders
  std::string model = "mini";         // as for Model::load()
  std::vector<int> batches{1, 32};
  std::vector<Precision> precisions{Precision::f32};
  std::vector<DecodeScale> scales{DecodeScale::exact};  // to compare
  int threads = 1;                                      // the thread budget
};
using Emit = std::function<void(const std::function<Case()>&)>;  // makes the case, times it, and lets it go

struct Subject {
  std::string_view name, summary;
  void (*cases)(const Request&, const Emit&);
  bool cpu_only = false;
};
const std::vector<Subject>& subjects();

// Sizes and types as asked, or else the pairs given.
struct Sized {
  Shape size;
  DType dtype;
};
std::vector<Sized> sized(const Request&, const std::vector<Sized>& otherwise);

std::int64_t elements(const Shape&);      // throws Error(invalid_argument) when they are 2^48 or more
std::string text_of(const Shape&);        // "1000x1000"
Shape image_size(const Shape&);           // "1000" means 1000x1000; throws Error(invalid_argument) for other ranks
Array random_array(const Shape&, DType);  // floats from 0 to 1, whole numbers over a small range; the same every time
// One run of the op on the device, to its end; the inputs are there already.
std::function<void()> op_call(Device, std::string op, ops::Params, std::vector<Array> inputs);
nlohmann::json peer_case(const std::string& kind, const Shape&, DType);
void keep(double);  // a result that no compiler may leave out

void bench_filter(const Request&, const Emit&);
void bench_reduce(const Request&, const Emit&);
void bench_elementwise(const Request&, const Emit&);
void bench_matmul(const Request&, const Emit&);
void bench_fft(const Request&, const Emit&);
void bench_correlate(const Request&, const Emit&);
void bench_resize(const Request&, const Emit&);
void bench_random(const Request&, const Emit&);
void bench_sort(const Request&, const Emit&);
void bench_launch(const Request&, const Emit&);
void bench_transfer(const Request&, const Emit&);
void bench_graph(const Request&, const Emit&);
void bench_pool(const Request&, const Emit&);
void bench_streams(const Request&, const Emit&);
void bench_decode(const Request&, const Emit&);
void bench_prepare(const Request&, const Emit&);
void bench_network(const Request&, const Emit&);
void bench_endtoend(const Request&, const Emit&);

}  // namespace fovea::cli
