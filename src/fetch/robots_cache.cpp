#include "fetch/robots_cache.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace fovea::fetch {
namespace {

constexpr std::size_t max_origins = 4096, max_bytes = std::size_t{16} << 20;

std::size_t bytes_of(const RobotsCache::Rules& rules) {
  return rules ? rules.value().bytes() : 0;
}

}  // namespace

const RobotsCache::Rules* RobotsCache::find(const std::string& origin, Clock::time_point now) const {
  const auto found = known_.find(origin);
  return found == known_.end() || found->second.until <= now ? nullptr : &found->second.rules;
}

void RobotsCache::wait(std::unique_ptr<Request> request) {
  waiting_[request->url.origin].push_back(std::move(request));
}

void RobotsCache::forget(std::map<std::string, Entry>::iterator entry) {
  bytes_ -= bytes_of(entry->second.rules);
  known_.erase(entry);
}

std::vector<std::unique_ptr<Request>> RobotsCache::settle(const std::string& origin, Rules rules,
                                                          Clock::time_point until) {
  if (const auto old = known_.find(origin); old != known_.end()) forget(old);
  bytes_ += bytes_of(rules);
  while (!known_.empty() && (known_.size() >= max_origins || bytes_ > max_bytes))
    forget(std::min_element(known_.begin(), known_.end(),
                            [](const auto& a, const auto& b) { return a.second.until < b.second.until; }));
  known_.emplace(origin, Entry{std::move(rules), until});
  const auto found = waiting_.find(origin);
  std::vector<std::unique_ptr<Request>> waited;
  if (found == waiting_.end()) return waited;
  waited = std::move(found->second);
  waiting_.erase(found);
  return waited;
}

std::vector<std::unique_ptr<Request>> RobotsCache::take_all() {
  std::vector<std::unique_ptr<Request>> all;
  for (auto& [origin, requests] : waiting_) std::move(requests.begin(), requests.end(), std::back_inserter(all));
  waiting_.clear();
  return all;
}

}  // namespace fovea::fetch
