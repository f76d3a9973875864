#include <algorithm>

#include "fovea/language.h"

namespace fovea::language {

std::string excerpt(std::string_view source, Place place, std::size_t columns) {
  columns = std::max<std::size_t>(columns, 20);
  const std::size_t at = std::min(place.offset, source.size());
  const std::size_t begin = at == 0 ? 0 : source.rfind('\n', at - 1) + 1;  // npos + 1 is 0
  const std::size_t end = std::min(source.find('\n', at), source.size());
  // Long lines show the place after a third of the width.
  const std::size_t shown = std::max(begin, at - begin > columns * 2 / 3 ? at - columns / 3 : begin);
  const std::size_t width = std::min(columns, end - shown);
  std::string line(source.substr(shown, width));
  for (char& c : line)
    if (c == '\t')
      c = ' ';
    else if (c < 0x20 || c > 0x7E)
      c = '?';
  const std::size_t indent = at - shown;
  const std::size_t carets =
      std::clamp<std::size_t>(std::min(place.length, end - at), 1, std::max<std::size_t>(columns - indent, 1));
  return line + "\n" + std::string(indent, ' ') + std::string(carets, '^') + "\n";
}

}  // namespace fovea::language
