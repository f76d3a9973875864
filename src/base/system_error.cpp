#include "base/system_error.h"

#include <cerrno>
#include <system_error>

namespace fovea {
namespace {

Errc code_of(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
      return Errc::not_found;
    case EACCES:
    case EPERM:
    case EROFS:
      return Errc::permission;
    case ENXIO:  // a socket, or a device or pipe with nothing behind it
    case ENODEV:
    case EISDIR:
      return Errc::not_a_file;
    case ENOMEM:
      return Errc::out_of_memory;
    default:
      return Errc::io;
  }
}

}  // namespace

Error system_error(const std::string& where, int error_number) {
  return Error(code_of(error_number), where + ": " + std::generic_category().message(error_number));
}

}  // namespace fovea
