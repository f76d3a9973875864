// What the machine does with pictures of a run, measured.
#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include "base/file.h"
#include "base/threads.h"
#include "fovea/calibration.h"
#include "fovea/decode_scale.h"
#include "fovea/diagnosis.h"
#include "fovea/limits.h"
#include "pipeline/budget.h"
#include "pipeline/preparer.h"

namespace fovea {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::int64_t no_limit = std::int64_t{1} << 60;  // of bytes
using Pictures = std::vector<std::span<const std::byte>>;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void check(const SampleOptions& options) {
  const auto refuse = [](const std::string& what) {
    throw Error(Errc::invalid_argument, "measure_sample: expected " + what);
  };
  if (options.threads < 0 || options.threads > 4096) refuse("threads from 0 to 4096");
  if (options.batch < 1 || options.batch > 4096) refuse("batch from 1 to 4096");
  if (!(options.seconds > 0 && options.seconds <= 60)) refuse("seconds above 0, at most 60");
}

// body(thread) on all threads at once, each with one thread for its operations; the first exception is rethrown.
void at_once(int threads, const std::function<void(int)>& body) {
  std::mutex mutex;
  std::exception_ptr failure;
  {
    std::vector<std::jthread> running;
    for (int thread = 0; thread < threads; ++thread)
      running.emplace_back([&, thread] {
        const ThreadLimit limit(1);
        try {
          body(thread);
        } catch (...) {
          const std::scoped_lock lock(mutex);
          if (!failure) failure = std::current_exception();
        }
      });
  }
  if (failure) std::rethrow_exception(failure);
}

Shape slot_of(const Preprocess& preprocess) {
  return {preprocess.channels, preprocess.crop, preprocess.crop};
}

struct Prepared {
  double decode = 0, prepare = 0;  // seconds a picture
};

double seconds_of(const pipeline::Preparer& preparer, const char* stage) {
  std::vector<StageTime> stages;
  preparer.add_times(stages);
  for (const StageTime& time : stages)
    if (time.name == stage) return time.busy_seconds;
  return 0;
}

// Each thread goes over the pictures once without being timed, which fills its pools, and then until time is up.
Prepared prepared(const Pictures& pictures, const Preprocess& preprocess, const DecodeOptions& decode, int threads,
                  double seconds) {
  Prepared total;
  double count = 0;
  std::mutex mutex;
  at_once(threads, [&](int) {
    pipeline::Preparer preparer(preprocess, decode);
    const Array slot = Array::empty(slot_of(preprocess), DType::f32);
    pipeline::Budget budget(no_limit);
    const auto pass = [&] {
      for (const auto picture : pictures) preparer.from(picture, slot, budget).value();
    };
    pass();
    const double decoded = seconds_of(preparer, "decode"), made = seconds_of(preparer, "prepare");
    std::size_t passes = 0;
    for (const auto start = Clock::now(); passes == 0 || since(start) < seconds; ++passes) pass();
    const std::scoped_lock lock(mutex);
    total.decode += seconds_of(preparer, "decode") - decoded;
    total.prepare += seconds_of(preparer, "prepare") - made;
    count += static_cast<double>(passes * pictures.size());
  });
  return {total.decode / count, total.prepare / count};
}

// A batch of prepared pictures of the sample, over and over.
Array batch_of(const Pictures& pictures, const Preprocess& preprocess, const DecodeOptions& decode, int places) {
  Shape shape = slot_of(preprocess);
  shape.insert(shape.begin(), places);
  const Array batch = Array::empty(shape, DType::f32);
  pipeline::Preparer preparer(preprocess, decode);
  pipeline::Budget budget(no_limit);
  for (int place = 0; place < places; ++place)
    preparer.from(pictures[static_cast<std::size_t>(place) % pictures.size()], batch[place], budget).value();
  return batch;
}

// Seconds a picture.
double network_seconds(const Model& model, const Array& batch, int threads, double seconds) {
  double busy = 0, count = 0;
  std::mutex mutex;
  at_once(threads, [&](int) {
    model.run(batch, 1);
    std::int64_t runs = 0;
    const auto start = Clock::now();
    for (; runs == 0 || since(start) < seconds; ++runs) model.run(batch, 1);
    const double took = since(start);
    const std::scoped_lock lock(mutex);
    busy += took;
    count += static_cast<double>(runs * batch.shape()[0]);
  });
  return busy / count;
}

// The network in lower precision on the batch; what this machine or network cannot do stays 0.
void lower_precision(SampleTimes& times, const Model& model, const Array& batch, double seconds) {
  const auto measured = [&](auto&& make) {
    try {
      return network_seconds(make(), batch, times.threads, seconds);
    } catch (const Error& error) {
      if (error.code() != Errc::unsupported) throw;
      return 0.0;
    }
  };
  if (model.precision() != Precision::f32 || model.device() != Device::cpu()) return;
  times.bf16 = measured([&] { return model.with_precision(Precision::bf16); });
  times.int8 = measured([&] {
    Calibrator calibrator(model);
    calibrator.add(batch);
    return model.with_int8(calibrator.result());
  });
}

DType factor_type(Precision precision) {
  return precision == Precision::f32 ? DType::f32 : precision == Precision::bf16 ? DType::bf16 : DType::i8;
}

// Bytes a second, past the system's cache where it lets go of what it has.
double file_rate(const std::vector<std::string>& files, std::int64_t limit, double seconds) {
  FileReader reader;
  double bytes = 0, busy = 0;
  for (const std::string& path : files) {
    if (busy > seconds) break;
    if (const auto file = InputFile::open(path, limit))
      ::posix_fadvise(file.value().descriptor(), 0, 0, POSIX_FADV_DONTNEED);
    const auto start = Clock::now();
    const auto read = reader.read(path, limit);
    if (!read) continue;
    busy += since(start);
    bytes += static_cast<double>(read.value().size());
  }
  return busy > 0 ? bytes / busy : 0;
}

struct Sample {
  Pictures pictures;                          // that can be decoded
  double pixel_bytes = 0, encoded_bytes = 0;  // of all
};

Sample decodable(std::span<const std::vector<std::byte>> pictures, const DecodeOptions& options) {
  Sample sample;
  for (const auto& bytes : pictures) {
    const auto image = decode(bytes, options);
    if (!image) continue;
    sample.pictures.emplace_back(bytes);
    sample.pixel_bytes += static_cast<double>(image.value().pixels.size());
    sample.encoded_bytes += static_cast<double>(bytes.size());
  }
  return sample;
}

}  // namespace

SampleTimes measure_sample(std::span<const std::vector<std::byte>> given, const Model& model,
                           const SampleOptions& options) {
  check(options);
  SampleTimes times;
  const int budget = usable_threads();
  times.threads = options.threads > 0 ? std::min(options.threads, budget) : budget;
  times.batch = options.batch;
  const Preprocess& preprocess = model.preprocess();
  DecodeOptions exact = options.decode;
  exact.channels = preprocess.channels;
  const Sample sample = decodable(given, exact);
  times.pictures = static_cast<std::int64_t>(sample.pictures.size());
  times.failed = static_cast<std::int64_t>(given.size()) - times.pictures;
  if (times.pictures == 0) return times;

  const Prepared as_run = prepared(sample.pictures, preprocess, exact, times.threads, options.seconds);
  times.decode = as_run.decode;
  times.prepare = as_run.prepare;
  if (exact.shrink_to == 0) {
    DecodeOptions fast = exact;
    fast.shrink_to = shrink_to(DecodeScale::fast, preprocess.resize);
    const Prepared quick = prepared(sample.pictures, preprocess, fast, times.threads, options.seconds);
    times.fast_decode = quick.decode;
    times.fast_prepare = quick.prepare;
  }

  const bool cpu = model.device() == Device::cpu();
  std::vector<int> sizes{options.batch};
  for (const int size : {1, 8, 32})
    if (size != options.batch) sizes.push_back(size);
  for (const int size : sizes) {
    const Array batch = batch_of(sample.pictures, preprocess, exact, size);
    times.batches.push_back({size, network_seconds(model, batch, cpu ? times.threads : 1, options.seconds)});
    if (size == options.batch) lower_precision(times, model, batch, options.seconds);
  }
  for (const LayerInfo& layer : model.layers()) times.operations += 2 * static_cast<double>(layer.multiply_adds);

  const auto count = static_cast<double>(times.pictures);
  const double slot_bytes = 4.0 * preprocess.channels * preprocess.crop * preprocess.crop;
  times.moved_bytes = 2 * sample.pixel_bytes / count + slot_bytes;
  times.encoded_bytes = sample.encoded_bytes / count;
  const LimitOptions limit{times.threads, std::min(options.seconds, 0.1)};
  if (cpu) times.operation_limit = multiply_add_limit(factor_type(model.precision()), limit);
  times.copy_limit = copy_limit(std::int64_t{256} << 20, limit);
  times.read_limit = file_rate(options.files, exact.limits.max_encoded_bytes, options.seconds);
  return times;
}

}  // namespace fovea
