#include "table.h"

#include <algorithm>

#include "printable.h"

namespace fovea::cli {

std::string format_table(const std::vector<TableRow>& rows, std::string_view alignment, std::size_t widest) {
  std::vector<TableRow> cells(rows);
  std::vector<std::size_t> widths(alignment.size(), 0);
  for (TableRow& row : cells)
    for (std::size_t column = 0; column < row.size(); ++column) {
      row[column] = clipped(printable(row[column]), widest);
      widths.at(column) = std::max(widths.at(column), columns_of(row[column]));
    }
  std::string text;
  for (const TableRow& row : cells) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column) {
      const std::string padding(widths[column] - columns_of(row[column]), ' ');
      if (column > 0) line += "  ";
      line += alignment[column] == 'r' ? padding + row[column] : row[column] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

}  // namespace fovea::cli
