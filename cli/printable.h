#pragma once
#include <string>
#include <string_view>

namespace fovea::cli {

// Safe on a terminal and in one line: control bytes and bytes that are not UTF-8 as \xNN, line feeds and tabs as \n and
// \t.
std::string printable(std::string_view text);

// At most `columns` characters of printable text, the last one "…" when something was cut.
std::string clipped(const std::string& text, std::size_t columns);
std::size_t columns_of(std::string_view text);  // characters, counted as one column each

}  // namespace fovea::cli
