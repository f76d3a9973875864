#include "pipeline/job/member_name.h"

#include "base/text.h"
#include "fovea/error.h"

namespace fovea::pipeline {
namespace {

constexpr std::size_t longest_name = 4096, longest_component = 255;

bool is_component(std::string_view part) {
  return !part.empty() && part != "." && part != ".." && part.size() <= longest_component;
}

}  // namespace

bool is_member_name(std::string_view name) {
  if (name.size() > longest_name || name.find('\0') != std::string_view::npos || name.starts_with(partial_prefix))
    return false;
  for (;;) {
    const std::size_t slash = name.find('/');
    if (!is_component(name.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

void check_member_name(std::string_view name) {
  if (!is_member_name(name))
    throw Error(Errc::policy, "file name: expected one inside the output folder, got " + shown(name));
}

}  // namespace fovea::pipeline
