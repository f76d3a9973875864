#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace fovea::fetch {

// A Content-Range header's value (RFC 9110, section 14.4).
struct ContentRange {
  std::int64_t first = 0, count = 0;  // 0 bytes: none of them, as behind the file's end
  std::int64_t whole = 0;             // bytes of the file
};

// "bytes 0-99/1000" or "bytes */1000"; nothing for what is neither, "bytes 0-99/*" among it.
std::optional<ContentRange> parse_content_range(std::string_view);

}  // namespace fovea::fetch
