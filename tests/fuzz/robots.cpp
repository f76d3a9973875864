#include "fetch/robots.h"

#include <cstdint>
#include <cstdlib>
#include <string>

// Any text is rules for any target. "/robots.txt" behind a NUL is the target; without rules all is allowed, and what
// follows a comment sign changes nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using fovea::fetch::RobotsRules;
  const std::string all(reinterpret_cast<const char*>(data), size), text = all.substr(0, all.find('\0'));
  const std::string target = text.size() < all.size() ? all.substr(text.size() + 1) : "/";
  const RobotsRules rules(text, "fovea");
  const bool allowed = rules.allows(target);
  if (RobotsRules(text + "\n# Disallow: /", "fovea").allows(target) != allowed) std::abort();
  if (rules.bytes() == 0 && !allowed) std::abort();
  return 0;
}
