#include "bench/network_pictures.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "bench/case.h"
#include "fovea/calibration.h"
#include "fovea/processor.h"
#include "fovea/source.h"

namespace fovea::cli {
namespace {

constexpr std::size_t most_pictures = 32;
constexpr std::int64_t random_pictures = 8;

Shape shape_of(const Model& model, std::int64_t count) {
  const Preprocess& p = model.preprocess();
  return {count, p.channels, p.crop, p.crop};
}

Array prepared(const Model& model, const std::vector<std::string>& operands) {
  const std::vector<std::string> paths = list_inputs(operands);
  if (paths.empty()) throw Error(Errc::nothing_to_do, "bench: --pictures: expected pictures, found none");
  ImageProcessor::Options on_cpu;
  on_cpu.device = "cpu";
  ImageProcessor processor(on_cpu);
  processor.load_model(model);
  const std::size_t count = std::min(paths.size(), most_pictures);
  const Array all = Array::empty(shape_of(model, static_cast<std::int64_t>(count)), DType::f32);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& path = paths[i * paths.size() / count];
    const std::optional<Error> error =
        processor.preprocess(std::filesystem::path(path), all[static_cast<std::int64_t>(i)]);
    if (error) throw Error(error->code(), fmt::format("bench: --pictures {}: {}", path, error->what()));
  }
  return all;
}

// As pictures of random bytes would be after normalisation.
Array random(const Model& model) {
  const Preprocess& p = model.preprocess();
  const Array bytes = random_array(shape_of(model, random_pictures), DType::u8);
  const Array all = Array::empty(bytes.shape(), DType::f32);
  const std::int64_t plane = p.crop * p.crop;
  const auto values = all.span<float>();
  const auto from = bytes.span<std::uint8_t>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t c = i / static_cast<std::size_t>(plane) % p.mean.size();
    values[i] = (static_cast<float>(from[i]) / 255 - p.mean[c]) / p.std[c];
  }
  return all;
}

int file_in_memory(const Array& array) {
  const auto fail = [] {
    return Error(Errc::io, fmt::format("bench: pictures for the peers: {}", std::strerror(errno)));
  };
  const int file = ::memfd_create("pictures", MFD_CLOEXEC);
  if (file < 0) throw fail();
  const auto bytes = std::as_bytes(array.span<float>());
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t count = ::write(file, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      const Error error = fail();
      ::close(file);
      throw error;
    }
    done += static_cast<std::size_t>(count);
  }
  return file;
}

}  // namespace

NetworkPictures::NetworkPictures(const Model& model, const std::vector<std::string>& operands)
    : all_(operands.empty() ? random(model) : prepared(model, operands)), file_(file_in_memory(all_)) {}

NetworkPictures::~NetworkPictures() {
  ::close(file_);
}

Array NetworkPictures::batch(std::int64_t count) const {
  Shape shape = all_.shape();
  const std::int64_t there = std::exchange(shape[0], count);
  const Array batch = Array::empty(shape, DType::f32);
  for (std::int64_t n = 0; n < count; ++n) {
    const auto from = all_[n % there].span<float>();
    std::copy(from.begin(), from.end(), batch[n].span<float>().begin());
  }
  return batch;
}

Model NetworkPictures::in_precision(const Model& model, Precision precision) const {
  if (precision != Precision::int8) return model.with_precision(precision);
  Calibrator calibrator(model);
  calibrator.add(all_);
  return model.with_int8(calibrator.result());
}

nlohmann::json NetworkPictures::for_peers() const {
  return {{"file", fmt::format("/proc/{}/fd/{}", ::getpid(), file_)}, {"shape", all_.shape()}};
}

}  // namespace fovea::cli
