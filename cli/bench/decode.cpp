#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "bench/pictures.h"
#include "bench/portable.h"

namespace fovea::cli {
namespace {

using Files = std::shared_ptr<const std::vector<PictureFile>>;

// Whole, or so that the inverse transform gives no less than `eighths` eighths of each side.
DecodeOptions scaled_to(const PictureFile& file, int eighths) {
  DecodeOptions options;
  if (eighths < 8) options.shrink_to = std::max(1, (std::min(file.info.width, file.info.height) * eighths + 7) / 8);
  return options;
}

std::function<void()> decode_all(const Files& files, int eighths) {
  return [=] {
    for (const PictureFile& file : *files) decode_file(file, scaled_to(file, eighths));
  };
}

Case decoding(const std::string& name, const Files& files, int eighths) {
  Case c{"decode", name, DType::u8, decode_all(files, eighths)};
  c.work = static_cast<double>(files->size());
  c.unit = "images/s";
  c.unit_work = 1;
  c.encoded_bytes = encoded_bytes(*files);
  c.threads = 1;
  if (files->front().info.format == "jpeg") c.beside = {{"libjpeg-turbo", portable(decode_all(files, eighths))}};
  c.peers = {{"kind", "decode"}, {"files", paths_of(*files)}, {"eighths", eighths}};
  return c;
}

}  // namespace

void bench_decode(const Request& request, const Emit& emit) {
  for (PictureSet& set : read_pictures(request)) {
    std::map<std::string, std::vector<PictureFile>> by_kind;
    for (PictureFile& file : set.files) by_kind[file.kind].push_back(std::move(file));
    for (auto& [kind, of_kind] : by_kind) {
      const auto files = std::make_shared<const std::vector<PictureFile>>(std::move(of_kind));
      const bool scales = files->front().info.format == "jpeg";
      for (const int eighths : scales ? std::vector{8, 4, 2, 1} : std::vector{8})
        emit([&] {
          return decoding(fmt::format("{}, {} {}, 1/{}", set.name, files->size(), kind, 8 / eighths), files, eighths);
        });
    }
  }
}

}  // namespace fovea::cli
