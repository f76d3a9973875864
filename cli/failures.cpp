#include "failures.h"

#include <fmt/format.h>

namespace fovea::cli {

void Failures::add(const Row& row) {
  ++rows;
  if (!row.error) return;
  ++failed;
  ++by_code[row.error->code()];
  if (first.size() < 3)
    first.push_back(fmt::format("{}: {}: {}", row.path, name(row.error->code()), row.error->what()));
}

std::string Failures::counts() const {
  std::string text;
  for (const auto& [code, count] : by_code) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name(code));
  return text;
}

}  // namespace fovea::cli
