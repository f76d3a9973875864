#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fetch/request.h"
#include "fetch/robots.h"

namespace fovea::fetch {

// What each origin's robots.txt says, for a while, and the requests that wait for one that is being read. Bounded: the
// origins that were read longest ago are forgotten, and asked again.
class RobotsCache {
 public:
  // The rules, or the error that reading them met.
  using Rules = Result<RobotsRules>;

  // Nothing when the origin is not known; then robots.txt is to be read unless reading() says that it is.
  const Rules* find(const std::string& origin, Clock::time_point now) const;
  bool reading(const std::string& origin) const { return waiting_.contains(origin); }
  void wait(std::unique_ptr<Request>);  // for the robots.txt of its origin
  // Keeps the rules until then, and gives the requests that waited for them.
  std::vector<std::unique_ptr<Request>> settle(const std::string& origin, Rules, Clock::time_point until);
  std::vector<std::unique_ptr<Request>> take_all();

 private:
  struct Entry {
    Rules rules;
    Clock::time_point until;
  };
  void forget(std::map<std::string, Entry>::iterator);

  std::map<std::string, Entry> known_;
  std::map<std::string, std::vector<std::unique_ptr<Request>>> waiting_;
  std::size_t bytes_ = 0;
};

}  // namespace fovea::fetch
