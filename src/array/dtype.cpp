#include "fovea/dtype.h"

#include <array>
#include <string>

#include "base/text.h"
#include "fovea/error.h"

namespace fovea {
namespace {

struct Entry {
  std::string_view name;
  std::size_t bytes;
};

// Indexed by DType.
constexpr std::array<Entry, 13> entries{{{"bool", 1},
                                         {"u8", 1},
                                         {"i8", 1},
                                         {"u16", 2},
                                         {"i16", 2},
                                         {"i32", 4},
                                         {"i64", 8},
                                         {"f16", 2},
                                         {"bf16", 2},
                                         {"f32", 4},
                                         {"f64", 8},
                                         {"c64", 8},
                                         {"c128", 16}}};
static_assert(entries.size() == static_cast<std::size_t>(DType::c128) + 1);

}  // namespace

std::size_t size_of(DType dtype) {
  return entries.at(static_cast<std::size_t>(dtype)).bytes;
}
std::string_view name(DType dtype) {
  return entries.at(static_cast<std::size_t>(dtype)).name;
}

DType parse_dtype(std::string_view text) {
  std::string names;
  for (std::size_t k = 0; k < entries.size(); ++k) {
    if (entries[k].name == text) return static_cast<DType>(k);
    names += (k == 0 ? "" : ", ") + std::string(entries[k].name);
  }
  throw Error(Errc::invalid_argument,
              "dtype: expected one of " + names + ", got '" + escaped(text.substr(0, 40)) + "'");
}

}  // namespace fovea
