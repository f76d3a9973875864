#pragma once
#include <curl/curl.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "fetch/host_queues.h"
#include "fetch/robots_cache.h"
#include "fetch/transfer.h"
#include "fetch/tuning.h"
#include "fetch/verdict.h"
#include "fovea/fetch.h"

namespace fovea::fetch {

// The Fetcher: a thread that drives libcurl's multi handle. A request goes from arrived_ through robots_ (where its
// origin's robots.txt is not known yet) and queues_ to transfers_; from there it ends, or comes again by way of
// delayed_.
class Engine {
 public:
  Engine(const FetchOptions&, const Tuning&);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void fetch(std::string url, Fetcher::Done, Validators, std::optional<ByteRange> = {});

 private:
  using RequestPtr = std::unique_ptr<Request>;

  void run();
  void loop();
  bool end_all(const Error&);
  void take_arrived();
  void release_delayed(Clock::time_point now);
  void admit(RequestPtr, bool first);
  void read_robots(const Url& of);
  void settle_robots(const Request&, Verdict&&);
  void start_more();
  void start(RequestPtr);
  bool take_finished();
  void let_go_on();
  void decide(RequestPtr, Answer&&);
  void follow(RequestPtr, const std::string& location);
  bool try_again(RequestPtr&, Fault&);
  void fail(RequestPtr, Errc, const std::string& expected, const std::string& got);
  void finish(RequestPtr, Verdict&&);
  int patience(Clock::time_point now) const;  // milliseconds

  const FetchOptions options_;
  const Tuning tuning_;
  const std::string robots_name_;
  std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi_;

  std::mutex mutex_;  // of what follows up to the gap
  std::vector<RequestPtr> arrived_;
  bool stopping_ = false;

  HostQueues queues_;
  RobotsCache robots_;
  std::multimap<Clock::time_point, RequestPtr> delayed_;
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> transfers_;
  std::int64_t started_ = 0;
  Buffered buffered_;
  std::minstd_rand random_{std::random_device{}()};
  std::thread thread_;
};

}  // namespace fovea::fetch
