#pragma once
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <utility>
#include <vector>

#include "fetch/engine.h"
#include "fovea/fetch.h"

namespace fovea::test {

// For servers of this machine, without waits.
inline FetchOptions local_options() {
  FetchOptions options;
  options.allow_private = true;
  options.robots = false;
  options.timeout = 20;
  return options;
}

inline fetch::Tuning quick() {
  fetch::Tuning tuning;
  tuning.backoff = 0.001;
  tuning.most_backoff = 0.01;
  return tuning;
}

inline std::future<Result<Fetched>> begin_fetch(fetch::Engine& engine, const std::string& url, Validators known = {}) {
  auto promise = std::make_shared<std::promise<Result<Fetched>>>();
  engine.fetch(
      url, [promise](Result<Fetched>&& result) { promise->set_value(std::move(result)); }, std::move(known));
  return promise->get_future();
}

inline Result<Fetched> fetch_one(const std::string& url, const FetchOptions& options = local_options(),
                                 const fetch::Tuning& tuning = quick(), Validators known = {}) {
  fetch::Engine engine(options, tuning);
  return begin_fetch(engine, url, std::move(known)).get();
}

inline std::string text_of(const Fetched& fetched) {
  return {reinterpret_cast<const char*>(fetched.bytes.data()), fetched.bytes.size()};
}

// The code's name, and OK.
inline std::string code_of(const Result<Fetched>& result) {
  return result ? "OK" : std::string(name(result.error().code()));
}

}  // namespace fovea::test
