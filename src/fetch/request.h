#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "fetch/url.h"
#include "fovea/fetch.h"

namespace fovea::fetch {

using Clock = std::chrono::steady_clock;

// One fetch(), or one reading of a robots.txt, with its redirects and retries.
struct Request {
  Url url;            // of the next exchange
  std::string asked;  // what was asked for, for messages
  Validators validators;
  std::optional<ByteRange> range;
  Fetcher::Done done;
  std::string robots_of;                      // the origin whose robots.txt this reads; else empty
  std::optional<Clock::time_point> deadline;  // once the first exchange has begun
  int attempts = 0, retries = 0, redirects = 0;

  Request() = default;
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;
  // Whatever becomes of it, it is told of once.
  ~Request() { finish(Error(Errc::interrupted, "fetch " + asked + ": expected the file, got the end of downloads")); }
  void finish(Result<Fetched>&& result) {
    if (done) std::exchange(done, nullptr)(std::move(result));
  }
};

}  // namespace fovea::fetch
