#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "bench/case.h"
#include "fovea/image.h"

namespace fovea::cli {

struct PictureFile {
  std::string path;
  std::vector<std::byte> bytes;
  ImageInfo info;
  std::string kind;  // "baseline", "progressive" or "other" for a JPEG, else its format
};

// The pictures of one operand of --pictures.
struct PictureSet {
  std::string name;  // the last part of the path
  std::vector<PictureFile> files;
};

// Reads all of --pictures into memory. Throws Error: invalid_argument without --pictures, nothing_to_do for a folder
// without any, and what opening, reading and probing say, with the path.
std::vector<PictureSet> read_pictures(const Request&);

std::int64_t encoded_bytes(const std::vector<PictureFile>&);
std::vector<std::string> paths_of(const std::vector<PictureFile>&);

// The file is decoded by `options`, or else an Error with its path is thrown.
DecodedImage decode_file(const PictureFile&, const DecodeOptions& options);

// Sets the thread budget to one while it lives: for what a worker does, of which there is one a core.
class OneThread {
 public:
  OneThread();
  ~OneThread();
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

// Calls work(thread, i) for each i of [0, count), whichever of so many threads is free. The first exception is
// rethrown.
void on_threads(int threads, std::size_t count, const std::function<void(int thread, std::size_t i)>& work);

}  // namespace fovea::cli
