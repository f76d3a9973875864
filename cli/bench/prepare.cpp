#include <fmt/format.h>

#include <memory>

#include "bench/pictures.h"
#include "bench/portable.h"
#include "fovea/processor.h"

namespace fovea::cli {
namespace {

using Files = std::shared_ptr<const std::vector<PictureFile>>;

// Prepares for an ImageNet network: 256, 224. Each keeps the kernels that it began with.
struct Preparing {
  explicit Preparing(DecodeScale scale = DecodeScale::exact) : processor(options(scale)) {}

  static ImageProcessor::Options options(DecodeScale scale) {
    ImageProcessor::Options options;
    options.device = "cpu";
    options.preprocess = Preprocess{};
    options.decode.shrink_to = shrink_to(scale, options.preprocess->resize);
    return options;
  }
  Array slot() const {
    const Preprocess& p = processor.model().preprocess();
    return Array::empty({p.channels, p.crop, p.crop}, DType::f32);
  }
  void prepare(const ImageProcessor::Image& image, const Array& to) const {
    if (const std::optional<Error> error = processor.preprocess(image, to)) throw Error(*error);
  }

  ImageProcessor processor;
};

std::function<void()> prepare_pixels(const Array& pixels) {
  auto preparing = std::make_shared<Preparing>();
  return [=, to = preparing->slot()] { preparing->prepare(pixels, to); };
}

Case pixels_case(const Shape& size) {
  const Shape shape{size[0], size[1], 3};
  const Array pixels = random_array(shape, DType::u8);
  const Preprocess p;
  const double read = static_cast<double>(pixels.size()), written = 4.0 * p.channels * p.crop * p.crop;
  Case c{"prepare", "pixels " + text_of(shape), DType::u8, prepare_pixels(pixels)};
  c.work = 1;
  c.unit = "images/s";
  c.unit_work = 1;
  c.threads = 1;
  c.demands = {{Demand::Of::read, read, pixels.size()},
               {Demand::Of::write, written, static_cast<std::int64_t>(written)}};
  c.beside = {{"portable", portable(prepare_pixels(pixels))}};
  c.peers = peer_case("pixels", shape, DType::u8);
  c.peers["threads"] = 1;
  return c;
}

std::function<void()> prepare_files(const Files& files, DecodeScale scale, int threads) {
  const auto preparing = std::make_shared<Preparing>(scale);
  std::vector<Array> slots;
  for (int t = 0; t < threads; ++t) slots.push_back(preparing->slot());
  return [=] {
    on_threads(threads, files->size(), [&](int thread, std::size_t i) {
      preparing->prepare(std::span<const std::byte>((*files)[i].bytes), slots[static_cast<std::size_t>(thread)]);
    });
  };
}

Case files_case(const std::string& name, const Files& files, DecodeScale scale, int threads) {
  Case c{"prepare", fmt::format("{}, {} files, {}", name, files->size(), fovea::name(scale)), DType::u8,
         prepare_files(files, scale, threads)};
  c.work = static_cast<double>(files->size());
  c.unit = "images/s";
  c.unit_work = 1;
  c.encoded_bytes = encoded_bytes(*files);
  c.beside = {{"portable", portable(prepare_files(files, scale, threads))}};
  c.peers = {{"kind", "files"}, {"files", paths_of(*files)}, {"fast", scale != DecodeScale::exact}};
  return c;
}

}  // namespace

void bench_prepare(const Request& request, const Emit& emit) {
  const OneThread one;  // inside of each of request.threads
  std::vector<Shape> sizes = request.sizes;
  if (sizes.empty() && request.pictures.empty()) sizes = {{375, 500}, {750, 1000}, {1500, 2000}, {3000, 4000}};
  for (const Shape& size : sizes)
    emit([&] {
      const Shape side = image_size(size);
      if (side.size() == 3 && side[2] != 3)
        throw Error(Errc::invalid_argument,
                    fmt::format("bench: --size: expected pictures of 3 channels, got {}", text_of(size)));
      return pixels_case(side);
    });
  if (request.pictures.empty()) return;
  for (PictureSet& set : read_pictures(request)) {
    const auto files = std::make_shared<const std::vector<PictureFile>>(std::move(set.files));
    for (const DecodeScale scale : request.scales)
      emit([&] { return files_case(set.name, files, scale, request.threads); });
  }
}

}  // namespace fovea::cli
