#include "fovea/error.h"

#include <array>

namespace fovea {
namespace {

struct Entry {
  std::string_view name;
  int exit;
};

// Indexed by Errc.
constexpr std::array<Entry, 40> entries{{
    {"INVALID_ARGUMENT", 2},
    {"UNSUPPORTED", 65},
    {"NOT_FOUND", 65},
    {"PERMISSION", 65},
    {"NOT_A_FILE", 65},
    {"CHANGED", 65},
    {"IO", 74},
    {"EMPTY", 65},
    {"TRUNCATED", 65},
    {"CORRUPT", 65},
    {"UNKNOWN_FORMAT", 65},
    {"LIMIT_PIXELS", 65},
    {"LIMIT_SIDE", 65},
    {"LIMIT_BYTES", 65},
    {"LIMIT_SCANS", 65},
    {"LIMIT_METADATA", 65},
    {"LIMIT_RATIO", 65},
    {"LIMIT_MEMORY", 65},
    {"BAD_GEOMETRY", 65},
    {"MODEL_FORMAT", 65},
    {"TENSOR_SIZE", 65},
    {"PICKLE_OPCODE", 65},
    {"PICKLE_GLOBAL", 65},
    {"CHECKSUM", 65},
    {"DOWNLOAD", 65},
    {"TIMEOUT", 65},
    {"DNS", 65},
    {"TLS", 65},
    {"HTTP_STATUS", 65},
    {"URL_REFUSED", 77},
    {"OPT_OUT", 77},
    {"OUT_OF_MEMORY", 70},
    {"DEVICE", 69},
    {"DEVICE_MEMORY", 69},
    {"DEVICE_LOST", 69},
    {"POLICY", 77},
    {"TOO_MANY_FAILURES", 3},
    {"NOTHING_TO_DO", 4},
    {"INTERRUPTED", 75},
    {"INTERNAL", 70},
}};
static_assert(entries.size() == static_cast<std::size_t>(Errc::internal) + 1);

const Entry& entry(Errc code) {
  return entries.at(static_cast<std::size_t>(code));
}

}  // namespace

std::string_view name(Errc code) {
  return entry(code).name;
}
int exit_code(Errc code) {
  return entry(code).exit;
}

}  // namespace fovea
