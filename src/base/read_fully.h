#pragma once
#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <span>

namespace fovea {

enum class ReadEnd { full, early, failed };  // failed: errno says why

// Fills `to` by calls of read_some(pointer, bytes), which behaves as ::read does.
template <class ReadSome>
ReadEnd read_fully(std::span<std::byte> to, ReadSome&& read_some) {
  while (!to.empty()) {
    const ssize_t got = read_some(to.data(), to.size());
    if (got == 0) return ReadEnd::early;
    if (got > 0)
      to = to.subspan(static_cast<std::size_t>(got));
    else if (errno != EINTR)
      return ReadEnd::failed;
  }
  return ReadEnd::full;
}

}  // namespace fovea
