#include <cstdint>
#include <string_view>

#include "pipeline/job/history.h"

// Any bytes are a history: no more of it than they have, with a place for each commit.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto history = fovea::pipeline::read_history({reinterpret_cast<const char*>(data), size});
  if (history.end.bytes < 0 || static_cast<std::size_t>(history.end.bytes) > size) __builtin_trap();
  if (history.commits.size() != history.marks.size()) __builtin_trap();
  return 0;
}
