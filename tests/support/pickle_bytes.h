#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "support/file_bytes.h"

// Pieces of pickles, written out by hand from Python's pickletools documentation.
namespace fovea::test {

inline std::string pickled(std::string_view body) {
  return "\x80\x02" + std::string(body) + ".";
}
inline std::string text(std::string_view value) {
  return "X" + little_endian(static_cast<std::uint32_t>(value.size())) + std::string(value);
}
inline std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
inline std::string integer(std::int64_t value) {
  return "\x8a\x08" + little_endian(value);
}
inline std::string tuple(const std::string& items) {
  return "(" + items + "t";
}
inline std::string storage(const std::string& key, std::int64_t elements, const std::string& type = "FloatStorage") {
  return tuple(text("storage") + global("torch", type) + text(key) + text("cpu") + integer(elements)) + "Q";
}
inline std::string tensor(const std::string& of, const std::string& offset, const std::string& shape,
                          const std::string& strides) {
  return global("torch._utils", "_rebuild_tensor_v2") +
         tuple(of + offset + shape + strides + "\x89" + global("collections", "OrderedDict") + ")R") + "R";
}
inline std::string dict(const std::string& keys_and_values) {
  return "}(" + keys_and_values + "u";
}

}  // namespace fovea::test
