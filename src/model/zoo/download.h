#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace fovea::model {

struct Download {
  std::string url;             // http or https
  std::filesystem::path path;  // the final name; PATH.part grows meanwhile and PATH.lock keeps others out
  std::string sha256;          // its leading hexadecimal digits, as many as are known
  std::int64_t limit = 0;      // bytes
  std::function<void(std::int64_t done, std::int64_t total)> progress;
};

// Does nothing when the path is there. Else continues PATH.part or starts it, checks sha256 and renames. A transfer
// that is cut is taken up again while it advances, a few times; what has come stays for the next call. Any thread or
// process. Errors: download (naming the URL without secrets), checksum (the part is removed), limit_bytes, io,
// permission, invalid_argument.
void download_file(const Download&);

}  // namespace fovea::model
