#include "bench/pictures.h"

#include <fmt/format.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "fovea/source.h"
#include "fovea/system.h"

namespace fovea::cli {
namespace {

Error of_path(const std::string& path, const Error& error) {
  return Error(error.code(), fmt::format("bench: --pictures {}: {}", path, error.what()));
}

// The frame header's marker: SOF0 and SOF1 are sequential, SOF2 is progressive (ITU-T T.81, table B.1).
std::string jpeg_kind(const std::vector<std::byte>& bytes) {
  const auto at = [&](std::size_t i) { return std::to_integer<unsigned>(bytes[i]); };
  for (std::size_t i = 2; i + 4 < bytes.size() && at(i) == 0xFF;) {
    const unsigned marker = at(i + 1);
    if (marker == 0xFF) {
      ++i;
    } else if (marker == 0xC0 || marker == 0xC1) {
      return "baseline";
    } else if (marker == 0xC2) {
      return "progressive";
    } else {
      i += 2 + (at(i + 2) << 8 | at(i + 3));
    }
  }
  return "other";
}

PictureFile read_picture(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
    throw Error(errno == EACCES ? Errc::permission : Errc::not_found,
                fmt::format("bench: --pictures {}: {}", path, std::strerror(errno)));
  PictureFile file{path, {}, {}, {}};
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  const auto bytes = std::as_bytes(std::span(text));
  file.bytes.assign(bytes.begin(), bytes.end());
  const Result<ImageInfo> info = probe(file.bytes);
  if (!info) throw of_path(path, info.error());
  file.info = info.value();
  file.kind = file.info.format == "jpeg" ? jpeg_kind(file.bytes) : std::string(file.info.format);
  return file;
}

}  // namespace

std::vector<PictureSet> read_pictures(const Request& request) {
  if (request.pictures.empty())
    throw Error(Errc::invalid_argument, "bench: expected --pictures with a file or a folder");
  std::vector<PictureSet> sets;
  for (const std::string& operand : request.pictures) {
    const std::string name = std::filesystem::absolute(operand).lexically_normal().native();
    const std::string trimmed = name.ends_with('/') ? name.substr(0, name.size() - 1) : name;
    PictureSet set{std::filesystem::path(trimmed).filename().native(), {}};
    for (const std::string& path : list_inputs({&operand, 1})) set.files.push_back(read_picture(path));
    if (set.files.empty())
      throw Error(Errc::nothing_to_do, fmt::format("bench: --pictures {}: expected pictures, found none", operand));
    sets.push_back(std::move(set));
  }
  return sets;
}

std::int64_t encoded_bytes(const std::vector<PictureFile>& files) {
  std::int64_t total = 0;
  for (const PictureFile& file : files) total += static_cast<std::int64_t>(file.bytes.size());
  return total;
}

std::vector<std::string> paths_of(const std::vector<PictureFile>& files) {
  std::vector<std::string> paths;
  for (const PictureFile& file : files) paths.push_back(std::filesystem::absolute(file.path).native());
  return paths;
}

DecodedImage decode_file(const PictureFile& file, const DecodeOptions& options) {
  Result<DecodedImage> image = decode(file.bytes, options);
  if (!image) throw of_path(file.path, image.error());
  return std::move(image).value();
}

OneThread::OneThread() : before_(thread_budget().threads) {
  set_thread_budget(1);
}
OneThread::~OneThread() {
  set_thread_budget(before_);
}

void on_threads(int threads, std::size_t count, const std::function<void(int thread, std::size_t i)>& work) {
  std::atomic<std::size_t> next = 0;
  std::vector<std::exception_ptr> failed(static_cast<std::size_t>(threads));
  const auto share = [&](int thread) {
    try {
      for (std::size_t i = next++; i < count; i = next++) work(thread, i);
    } catch (...) {
      failed[static_cast<std::size_t>(thread)] = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    for (int t = 1; t < threads; ++t) others.emplace_back(share, t);
    share(0);
  }
  for (const std::exception_ptr& error : failed)
    if (error) std::rethrow_exception(error);
}

}  // namespace fovea::cli
