#include <fmt/format.h>

#include <cstdlib>

#include "bench/case.h"
#include "fovea/graph.h"
#include "fovea/memory_adaptors.h"

namespace fovea::cli {
namespace {

constexpr std::int64_t KiB = 1024, MiB = 1024 * KiB;

Array bytes_in(const std::shared_ptr<Memory>& memory, std::int64_t count) {
  return Array::empty({count}, DType::u8, memory);
}

std::string size_text(std::int64_t bytes) {
  return bytes < MiB ? fmt::format("{} KiB", bytes / KiB) : fmt::format("{} MiB", bytes / MiB);
}

std::vector<std::int64_t> sizes_of(const Request& request, std::vector<std::int64_t> otherwise) {
  if (request.sizes.empty()) return otherwise;
  std::vector<std::int64_t> sizes;
  for (const Shape& size : request.sizes) sizes.push_back(elements(size));
  return sizes;
}

Case copied(const Request& request, const std::string& name, const Array& from, const Array& to) {
  const auto bytes = static_cast<double>(from.size());
  Case c{"transfer",
         fmt::format("{} {}", name, size_text(from.size())),
         DType::u8,
         [from, to, stream = Stream(request.device)] {
           copy(from, to, stream);
           stream.synchronize();
         },
         bytes,
         "GB/s"};
  if (request.device == Device::cpu()) c.demands = {{Demand::Of::copy, 2 * bytes, 2 * from.size()}};
  return c;
}

}  // namespace

void bench_transfer(const Request& request, const Emit& emit) {
  const Device device = request.device;
  for (const std::int64_t bytes : sizes_of(request, {64 * KiB, 64 * MiB})) {
    const auto between = [&](const char* name, auto from, auto to) {
      emit([&] { return copied(request, name, bytes_in(from(), bytes), bytes_in(to(), bytes)); });
    };
    const auto host = [] { return host_memory(); };
    const auto pinned = [&] { return pinned_memory(device); };
    const auto there = [&] { return device_memory(device); };
    if (device == Device::cpu()) {
      between("host to host", host, host);
      continue;
    }
    between("page-locked to device", pinned, there);
    between("device to page-locked", there, pinned);
    between("pageable to device", host, there);
    between("device to pageable", there, host);
    between("device to device", there, there);
  }
}

void bench_launch(const Request& request, const Emit& emit) {
  constexpr int calls = 1000;
  if (request.device == Device::cpu())
    emit([] {
      Case c{"launch", "empty parallel job", DType::f64};
      c.measured = launch_cost;
      return c;
    });
  emit([&] {
    return Case{"launch", "call on a stream and synchronize", DType::f64, [stream = Stream(request.device)]() mutable {
                  stream.call("nothing", [] {});
                  stream.synchronize();
                }};
  });
  emit([&] {
    return Case{"launch", fmt::format("{} calls on a stream", calls), DType::f64,
                [stream = Stream(request.device)]() mutable {
                  for (int i = 0; i < calls; ++i) stream.call("nothing", [] {});
                  stream.synchronize();
                }};
  });
  emit([&] {
    return Case{"launch", "event recorded and waited for", DType::f64,
                [stream = Stream(request.device)]() mutable { stream.record().wait(); }};
  });
}

void bench_graph(const Request& request, const Emit& emit) {
  constexpr int length = 100;
  constexpr std::int64_t bytes = 4 * KiB;
  const auto memory = device_memory(request.device);
  const Array a = bytes_in(memory, bytes), b = bytes_in(memory, bytes);
  const Stream stream(request.device);
  const auto chain = [=] {
    for (int i = 0; i < length; ++i) copy(i % 2 == 0 ? a : b, i % 2 == 0 ? b : a, stream);
  };
  const std::string work = fmt::format("{} copies of {}", length, size_text(bytes));
  emit([&] {
    return Case{"graph", work + ", one by one", DType::u8, [=] {
                  chain();
                  stream.synchronize();
                }};
  });
  emit([&] {
    return Case{"graph", work + ", a graph", DType::u8, [=, exec = Graph::record(stream, chain).instantiate()] {
                  exec.launch(stream);
                  stream.synchronize();
                }};
  });
}

// A block is taken, one byte of each page is written, and it is given back.
void bench_pool(const Request& request, const Emit& emit) {
  constexpr std::int64_t page = 4 * KiB;
  const auto touch = [](void* block, std::int64_t bytes) {
    for (std::int64_t i = 0; i < bytes; i += page) static_cast<volatile char*>(block)[i] = 1;
  };
  for (const std::int64_t bytes : sizes_of(request, {4 * KiB, MiB, 64 * MiB})) {
    const auto count = static_cast<std::size_t>(bytes);
    const auto through = [&](const char* name, const std::shared_ptr<Memory>& memory) {
      emit([&] {
        return Case{"pool", fmt::format("{} {}", name, size_text(bytes)), DType::u8, [=] {
                      void* block = memory->allocate(count);
                      touch(block, bytes);
                      memory->deallocate(block, count);
                    }};
      });
    };
    emit([&] {
      return Case{"pool", "malloc " + size_text(bytes), DType::u8, [=] {
                    void* block = std::malloc(count);
                    if (block == nullptr)
                      throw Error(Errc::out_of_memory, fmt::format("malloc: cannot allocate {} bytes", count));
                    touch(block, bytes);
                    std::free(block);
                  }};
    });
    through("host_memory", host_memory());
    through("PoolMemory", std::make_shared<PoolMemory>(host_memory()));
  }
}

// Each chunk is copied in, filtered and copied out. On three streams the copies of one chunk go on beside the work on
// another.
void bench_streams(const Request& request, const Emit& emit) {
  constexpr int chunks = 8;
  constexpr double sigma = 1.5;
  const Shape shape = request.sizes.empty() ? Shape{1000, 1000} : image_size(request.sizes.front());
  const Array source = random_array(shape, DType::f32);
  std::vector<Array> in(chunks), there(chunks), out(chunks);
  for (int i = 0; i < chunks; ++i) {
    in[i] = Array::empty(shape, DType::f32, pinned_memory(request.device));
    copy(source, in[i], Stream());
    there[i] = Array::empty(shape, DType::f32, device_memory(request.device));
    out[i] = Array::empty(shape, DType::f32, pinned_memory(request.device));
  }
  const ops::Params params{{"sigma", std::vector<double>{sigma}}};
  const std::string work = fmt::format("{} chunks {}", chunks, text_of(shape));
  emit([&] {
    return Case{"streams", work + ", one stream", DType::f32, [=, stream = Stream(request.device)] {
                  for (int i = 0; i < chunks; ++i) {
                    copy(in[i], there[i], stream);
                    copy(ops::enqueue("gaussian_filter", params, {&there[i], 1}, stream), out[i], stream);
                  }
                  stream.synchronize();
                }};
  });
  emit([&] {
    return Case{"streams", work + ", three streams", DType::f32,
                [=, to = Stream(request.device), on = Stream(request.device), from = Stream(request.device)]() mutable {
                  for (int i = 0; i < chunks; ++i) {
                    copy(in[i], there[i], to);
                    on.wait(to.record());
                    const Array result = ops::enqueue("gaussian_filter", params, {&there[i], 1}, on);
                    from.wait(on.record());
                    copy(result, out[i], from);
                  }
                  for (const Stream* stream : {&to, &on, &from}) stream->synchronize();
                }};
  });
}

}  // namespace fovea::cli
