#include <array>

#include "fovea/array.h"

namespace fovea {
namespace {

struct Entry {
  std::string_view name;
  std::size_t bytes;
};

// Indexed by DType.
constexpr std::array<Entry, 11> entries{{{"bool", 1},
                                         {"u8", 1},
                                         {"i8", 1},
                                         {"u16", 2},
                                         {"i16", 2},
                                         {"i32", 4},
                                         {"i64", 8},
                                         {"f16", 2},
                                         {"bf16", 2},
                                         {"f32", 4},
                                         {"f64", 8}}};
static_assert(entries.size() == static_cast<std::size_t>(DType::f64) + 1);

}  // namespace

std::size_t size_of(DType dtype) {
  return entries.at(static_cast<std::size_t>(dtype)).bytes;
}
std::string_view name(DType dtype) {
  return entries.at(static_cast<std::size_t>(dtype)).name;
}

}  // namespace fovea
