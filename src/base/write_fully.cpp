#include "base/write_fully.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace fovea {
namespace {

int write_pieces(int descriptor, std::span<const std::byte> bytes, auto&& write_some) {
  while (!bytes.empty()) {
    const ssize_t written = write_some(bytes);
    if (written > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    } else if (written == 0) {
      return EIO;
    } else if (errno == EAGAIN) {
      pollfd waiting{descriptor, POLLOUT, 0};
      ::poll(&waiting, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace

int write_fully(int descriptor, std::span<const std::byte> bytes) {
  return write_pieces(descriptor, bytes, [descriptor](std::span<const std::byte> rest) {
    return ::write(descriptor, rest.data(), rest.size());
  });
}

int write_fully_at(int descriptor, std::int64_t offset, std::span<const std::byte> bytes) {
  return write_pieces(descriptor, bytes, [descriptor, end = offset + std::ssize(bytes)](auto rest) {
    return ::pwrite(descriptor, rest.data(), rest.size(), end - std::ssize(rest));
  });
}

}  // namespace fovea
