#pragma once
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

#include "base/descriptor.h"

namespace fovea {

// A file of these bytes that stands at its beginning.
inline Descriptor memory_file(const std::uint8_t* data, std::size_t size) {
  Descriptor file(::memfd_create("fuzz", MFD_CLOEXEC));
  if (!file || ::write(file.get(), data, size) != static_cast<ssize_t>(size) || ::lseek(file.get(), 0, SEEK_SET) != 0)
    std::abort();
  return file;
}

}  // namespace fovea
