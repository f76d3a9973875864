#include "bench/case.h"

#include <fmt/format.h>

namespace fovea::cli {
namespace {

// SplitMix64's finaliser (Steele, Lea, Flood 2014): a good hash of a counter.
std::uint64_t hash(std::uint64_t z) {
  z += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

template <class T, class F>
void fill(const Array& array, std::int64_t count, F value) {
  T* to = reinterpret_cast<T*>(array.data());
  for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<T>(value(hash(static_cast<std::uint64_t>(i))));
}

double unit_interval(std::uint64_t bits) {
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

}  // namespace

const std::vector<Subject>& subjects() {
  static const std::vector<Subject> all = {
      {"filter", "box, Gaussian and median filters of images", bench_filter},
      {"reduce", "sums and other reductions, of expressions too", bench_reduce, true},
      {"elementwise", "x + y", bench_elementwise, true},
      {"matmul", "matrix products", bench_matmul},
      {"fft", "two-dimensional Fourier transforms", bench_fft},
      {"correlate", "correlation with kernels of 3, 15 and 63 on a side", bench_correlate},
      {"resize", "scaling of pictures to a quarter of the side", bench_resize},
      {"random", "uniform and normal numbers", bench_random},
      {"sort", "sorting of numbers", bench_sort},
      {"launch", "the cost of starting work: a parallel job, a call on a stream, an event", bench_launch},
      {"transfer", "copies between host and device, or on the host, and what staging costs", bench_transfer},
      {"graph", "a chain of small calls, enqueued one by one and launched as a graph", bench_graph},
      {"pool", "blocks from a pool and from the system", bench_pool, true},
      {"streams", "copy in, compute, copy out: on one stream and overlapped on three", bench_streams},
      {"decode", "files in memory to pixels, whole and scaled, on one thread; needs --pictures", bench_decode, true},
      {"prepare", "pixels to a network's input; with --pictures files in memory to it too", bench_prepare, true},
      {"network", "batches through a network (--model), and the latency of one picture", bench_network, true},
      {"endtoend", "files to their most probable classes; needs --pictures", bench_endtoend, true},
  };
  return all;
}

std::vector<Sized> sized(const Request& request, const std::vector<Sized>& otherwise) {
  std::vector<Sized> result;
  if (request.sizes.empty() && request.dtypes.empty()) return otherwise;
  const auto add = [&](const Shape& size, DType dtype) {
    for (const Sized& other : result)
      if (other.size == size && other.dtype == dtype) return;
    result.push_back({size, dtype});
  };
  if (request.dtypes.empty()) {
    for (const Shape& size : request.sizes)
      for (const Sized& known : otherwise) add(size, known.dtype);
    return result;
  }
  for (const DType dtype : request.dtypes) {
    for (const Shape& size : request.sizes) add(size, dtype);
    if (request.sizes.empty())
      for (const Sized& known : otherwise) add(known.size, dtype);
  }
  return result;
}

std::int64_t elements(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape)
    if (__builtin_mul_overflow(count, extent, &count) || count >= std::int64_t{1} << 48)
      throw Error(Errc::invalid_argument,
                  fmt::format("bench: --size: expected fewer than 2^48 elements, got {}", text_of(shape)));
  return count;
}

std::string text_of(const Shape& shape) {
  return fmt::format("{}", fmt::join(shape, "x"));
}

Shape image_size(const Shape& size) {
  if (size.size() == 1) return {size[0], size[0]};
  if (size.size() <= 3) return size;
  throw Error(Errc::invalid_argument,
              fmt::format("bench: --size: expected one to three numbers, got {}", text_of(size)));
}

Array random_array(const Shape& shape, DType dtype) {
  elements(shape);
  const Array array = Array::empty(shape, dtype);
  const std::int64_t count = array.size();
  switch (dtype) {
    case DType::boolean:
      fill<std::uint8_t>(array, count, [](std::uint64_t h) { return h >> 63; });
      break;
    case DType::u8:
      fill<std::uint8_t>(array, count, [](std::uint64_t h) { return h >> 56; });
      break;
    case DType::i8:
      fill<std::int8_t>(array, count, [](std::uint64_t h) { return h >> 56; });
      break;
    case DType::u16:
      fill<std::uint16_t>(array, count, [](std::uint64_t h) { return h >> 54; });
      break;
    case DType::i16:
      fill<std::int16_t>(array, count, [](std::uint64_t h) { return static_cast<int>(h >> 54) - 512; });
      break;
    case DType::i32:
      fill<std::int32_t>(array, count, [](std::uint64_t h) { return static_cast<int>(h >> 54) - 512; });
      break;
    case DType::i64:
      fill<std::int64_t>(array, count, [](std::uint64_t h) { return static_cast<int>(h >> 54) - 512; });
      break;
    case DType::f16:
      fill<std::uint16_t>(array, count, [](std::uint64_t h) { return 0x3800 | (h >> 54); });
      break;  // from 0.5
    case DType::bf16:
      fill<std::uint16_t>(array, count, [](std::uint64_t h) { return 0x3F00 | (h >> 57); });
      break;  // from 0.5
    case DType::f32:
      fill<float>(array, count, unit_interval);
      break;
    case DType::f64:
      fill<double>(array, count, unit_interval);
      break;
    case DType::c64:
      fill<float>(array, 2 * count, unit_interval);
      break;
    case DType::c128:
      fill<double>(array, 2 * count, unit_interval);
      break;
  }
  return array;
}

std::function<void()> op_call(Device device, std::string op, ops::Params params, std::vector<Array> inputs) {
  for (Array& input : inputs) input = input.to(device);
  if (device == Device::cpu()) return [=] { ops::apply(op, params, inputs); };
  return [=, stream = Stream(device)] {
    ops::enqueue(op, params, inputs, stream);
    stream.synchronize();
  };
}

nlohmann::json peer_case(const std::string& kind, const Shape& shape, DType dtype) {
  return {{"kind", kind}, {"shape", shape}, {"dtype", name(dtype)}};
}

void keep(double value) {
  volatile double kept = value;
  (void)kept;
}

}  // namespace fovea::cli
