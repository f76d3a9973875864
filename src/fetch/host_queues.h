#pragma once
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fetch/request.h"

namespace fovea::fetch {

// Requests that wait for their turn: a queue for each host, the hosts served in turn, none with more than `per_host`
// requests under way. Hosts without requests are forgotten.
class HostQueues {
 public:
  explicit HostQueues(int per_host) : per_host_(per_host) {}

  void push(std::unique_ptr<Request>);
  void push_front(std::unique_ptr<Request>);  // one that has begun before
  // The next whose host has room, which it then takes; nullptr when there is none.
  std::unique_ptr<Request> take(Clock::time_point now);
  void ended(const std::string& host, Clock::time_point now);  // of one that was taken
  // The host, which has a request that will come again, is left alone until then.
  void hold(const std::string& host, Clock::time_point until);
  // When take() may have more because a host is no longer held; far off when none is.
  Clock::time_point next_release() const;
  std::vector<std::unique_ptr<Request>> take_all();

 private:
  struct Host {
    std::deque<std::unique_ptr<Request>> waiting;
    int under_way = 0;
    bool in_turn = false;
    Clock::time_point held_until{};
  };
  void line_up(const std::string& name, Host&);

  int per_host_;
  std::map<std::string, Host> hosts_;
  std::list<std::string> turn_;                         // hosts with requests and room
  std::multimap<Clock::time_point, std::string> held_;  // that have requests
};

}  // namespace fovea::fetch
