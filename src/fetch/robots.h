#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::fetch {

// The rules of a robots.txt (RFC 9309) for one program.
class RobotsRules {
 public:
  RobotsRules() = default;  // everything is allowed
  // Of any text; `name` is in lower case. Lines that are not understood are skipped.
  RobotsRules(std::string_view text, std::string_view name);

  // `target`: path and query. The longest rule that fits decides, and one that allows among equals.
  bool allows(std::string_view target) const;
  std::size_t bytes() const { return bytes_; }

 private:
  struct Rule {
    std::string pattern;
    bool allow;
  };
  std::vector<Rule> rules_;
  std::size_t bytes_ = 0;
};

}  // namespace fovea::fetch
