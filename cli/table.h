#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace fovea::cli {

using TableRow = std::vector<std::string>;

// Lines of columns two blanks apart. `alignment` has a letter a column: 'l' or 'r'. Cells are made printable and cut at
// `widest` characters. The first row is the header.
std::string format_table(const std::vector<TableRow>& rows, std::string_view alignment, std::size_t widest = 48);

}  // namespace fovea::cli
