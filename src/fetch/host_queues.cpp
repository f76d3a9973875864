#include "fetch/host_queues.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace fovea::fetch {

// A host with something waiting stands in the turn, among the held, or has no room: then ended() lines it up.
void HostQueues::line_up(const std::string& name, Host& host) {
  if (host.in_turn || host.waiting.empty() || host.under_way >= per_host_) return;
  host.in_turn = true;
  turn_.push_back(name);
}

void HostQueues::push(std::unique_ptr<Request> request) {
  const std::string name = request->url.host;
  Host& host = hosts_[name];
  host.waiting.push_back(std::move(request));
  line_up(name, host);
}

void HostQueues::push_front(std::unique_ptr<Request> request) {
  const std::string name = request->url.host;
  Host& host = hosts_[name];
  host.waiting.push_front(std::move(request));
  line_up(name, host);
}

std::unique_ptr<Request> HostQueues::take(Clock::time_point now) {
  while (!held_.empty() && held_.begin()->first <= now) {
    turn_.push_back(std::move(held_.begin()->second));
    held_.erase(held_.begin());
  }
  while (!turn_.empty()) {
    const std::string name = std::move(turn_.front());
    turn_.pop_front();
    Host& host = hosts_.at(name);
    if (host.held_until > now) {
      held_.emplace(host.held_until, name);
      continue;
    }
    host.in_turn = false;
    if (host.waiting.empty() || host.under_way >= per_host_) continue;
    std::unique_ptr<Request> request = std::move(host.waiting.front());
    host.waiting.pop_front();
    ++host.under_way;
    line_up(name, host);
    return request;
  }
  return nullptr;
}

void HostQueues::ended(const std::string& name, Clock::time_point now) {
  const auto found = hosts_.find(name);
  Host& host = found->second;
  --host.under_way;
  line_up(name, host);
  if (host.under_way == 0 && host.waiting.empty() && !host.in_turn && host.held_until <= now) hosts_.erase(found);
}

void HostQueues::hold(const std::string& name, Clock::time_point until) {
  Host& host = hosts_[name];
  host.held_until = std::max(host.held_until, until);
}

Clock::time_point HostQueues::next_release() const {
  return held_.empty() ? Clock::time_point::max() : held_.begin()->first;
}

std::vector<std::unique_ptr<Request>> HostQueues::take_all() {
  std::vector<std::unique_ptr<Request>> all;
  for (auto& [name, host] : hosts_) {
    std::move(host.waiting.begin(), host.waiting.end(), std::back_inserter(all));
    host.waiting.clear();
  }
  return all;
}

}  // namespace fovea::fetch
