#include <gtest/gtest.h>

#include <latch>

#include "fetch_all.h"
#include "support/expect_error.h"
#include "support/hostile_server.h"

namespace fovea {
namespace {

using test::answer;
using test::begin_fetch;
using test::code_of;
using test::fetch_one;
using test::HostileServer;
using test::local_options;
using test::quick;
using test::replies;
using test::text_of;
using Connection = HostileServer::Connection;

TEST(Fetcher, BringsWhatTheServerSent) {
  const HostileServer server(replies([](const std::string&) {
    return answer("200 OK", "bytes", "Content-Type: image/png\r\nETag: \"e\"\r\nLast-Modified: Mon\r\n");
  }));
  Fetcher fetcher(local_options());
  std::promise<Result<Fetched>> promise;
  fetcher.fetch(server.url("/a.png?size=2#part"),
                [&](Result<Fetched>&& result) { promise.set_value(std::move(result)); });
  const Fetched fetched = promise.get_future().get().value();
  EXPECT_EQ(text_of(fetched), "bytes");
  EXPECT_EQ(fetched.url, server.url("/a.png?size=2"));
  EXPECT_EQ(fetched.content_type, "image/png");
  EXPECT_EQ(fetched.etag, "\"e\"");
  EXPECT_EQ(fetched.last_modified, "Mon");
  EXPECT_EQ(fetched.attempts, 1);
  EXPECT_GT(fetched.seconds, 0);
  EXPECT_LT(fetched.seconds, local_options().timeout);
  EXPECT_FALSE(fetched.not_modified);
  ASSERT_EQ(server.requests().size(), 1u);
  EXPECT_TRUE(server.requests()[0].starts_with("GET /a.png?size=2 HTTP/1.1\r\n")) << server.requests()[0];
  EXPECT_NE(server.requests()[0].find("\r\nUser-Agent: fovea/"), std::string::npos);
}

TEST(Fetcher, BodiesWithoutALengthEndWithTheConnection) {
  const HostileServer server([](Connection& connection) {
    connection.request();
    connection.send("HTTP/1.1 200 OK\r\n\r\nbytes");
  });
  EXPECT_EQ(text_of(fetch_one(server.url("/")).value()), "bytes");
}

// Each body alone is larger than what all may hold: they wait for one another, and none for ever.
TEST(Fetcher, BodiesBeyondTheBufferTakeTurns) {
  const HostileServer server(
      replies([](const std::string& request) { return answer("200 OK", std::string(400'000, request[5])); }));
  FetchOptions options = local_options();
  options.buffer_bytes = 100'000;
  fetch::Engine engine(options, quick());
  std::vector<std::future<Result<Fetched>>> all;
  for (char name = 'a'; name <= 'h'; ++name) all.push_back(test::begin_fetch(engine, server.url("/") + name));
  for (char name = 'a'; name <= 'h'; ++name)
    EXPECT_EQ(text_of(all[static_cast<std::size_t>(name - 'a')].get().value()), std::string(400'000, name));
}

TEST(Fetcher, AsksForPictures) {
  const HostileServer server(replies([](const std::string&) { return answer("200 OK", "picture"); }));
  fetch_one(server.url("/")).value();
  EXPECT_NE(server.requests().at(0).find("\r\nAccept: image/*"), std::string::npos);
}

TEST(Fetcher, ProxiesOfTheEnvironmentAreNotAsked) {
  const HostileServer proxy(replies([](const std::string&) { return answer("200 OK", "proxy"); }));
  const HostileServer server(replies([](const std::string&) { return answer("200 OK", "server"); }));
  ::setenv("http_proxy", proxy.url("/").c_str(), 1);
  const Result<Fetched> result = fetch_one(server.url("/"));
  ::unsetenv("http_proxy");
  EXPECT_EQ(text_of(result.value()), "server");
}

TEST(Fetcher, EachOfManyHasItsOwnAnswer) {
  const HostileServer server(replies(
      [](const std::string& request) { return answer("200 OK", request.substr(4, request.find(" HTTP") - 4)); }));
  fetch::Engine engine(local_options(), quick());
  std::vector<std::future<Result<Fetched>>> futures;
  for (int i = 0; i < 300; ++i) futures.push_back(begin_fetch(engine, server.url("/" + std::to_string(i))));
  for (int i = 0; i < 300; ++i)
    EXPECT_EQ(text_of(futures[static_cast<std::size_t>(i)].get().value()), "/" + std::to_string(i));
  EXPECT_LE(server.most_connections(), 8);
  EXPECT_LE(server.connections(), 8) << "connections are used again";
}

// The slow host answers nothing until the fast one's requests are all through.
TEST(Fetcher, ASlowHostDoesNotHoldUpAnother) {
  std::latch through(1);
  const HostileServer slow([&](Connection& connection) {
    while (!connection.request().empty()) {
      through.wait();
      if (!connection.send(answer("200 OK", "slow"))) return;
    }
  });
  const HostileServer fast(replies([](const std::string&) { return answer("200 OK", "fast"); }));
  FetchOptions options = local_options();
  options.per_host = 2;
  options.in_flight = 3;
  fetch::Tuning tuning = quick();
  tuning.resolve = {"slow.test:" + std::to_string(slow.port()) + ":127.0.0.1",
                    "fast.test:" + std::to_string(fast.port()) + ":127.0.0.1"};
  fetch::Engine engine(options, tuning);
  std::vector<std::future<Result<Fetched>>> behind, before;
  for (int i = 0; i < 20; ++i) behind.push_back(begin_fetch(engine, slow.url("slow.test", "/")));
  for (int i = 0; i < 20; ++i) before.push_back(begin_fetch(engine, fast.url("fast.test", "/")));
  for (auto& future : before) EXPECT_EQ(text_of(future.get().value()), "fast");
  EXPECT_LE(slow.most_connections(), 2);
  through.count_down();
  for (auto& future : behind) EXPECT_EQ(text_of(future.get().value()), "slow");
}

TEST(Fetcher, OptionsOutOfRange) {
  const auto refused = [](void (*spoil)(FetchOptions&)) {
    FetchOptions options;
    spoil(options);
    test::expect_error(Errc::invalid_argument, "fetch: expected", [&] { const Fetcher fetcher(options); });
  };
  refused([](FetchOptions& options) { options.in_flight = 0; });
  refused([](FetchOptions& options) { options.per_host = 0; });
  refused([](FetchOptions& options) { options.timeout = 0; });
  refused([](FetchOptions& options) { options.timeout = std::nan(""); });
  refused([](FetchOptions& options) { options.connect_timeout = -1; });
  refused([](FetchOptions& options) { options.retries = -1; });
  refused([](FetchOptions& options) { options.max_bytes = 0; });
  refused([](FetchOptions& options) { options.buffer_bytes = 0; });
  refused([](FetchOptions& options) { options.user_agent = "a\r\nHost: b"; });
}

TEST(Fetcher, EndsAtOnceAndTellsEach) {
  std::latch asked(3);
  const HostileServer server([&](Connection& connection) {
    connection.request();
    asked.count_down();
    connection.stall();
  });
  FetchOptions options = local_options();
  options.in_flight = 3;
  std::vector<std::future<Result<Fetched>>> futures;
  {
    fetch::Engine engine(options, quick());
    for (int i = 0; i < 10; ++i) futures.push_back(begin_fetch(engine, server.url("/")));
    asked.wait();
  }
  for (auto& future : futures) EXPECT_EQ(code_of(future.get()), "INTERRUPTED");
}

TEST(Fetcher, ADoneMayFetchMore) {
  const HostileServer server(replies([](const std::string&) { return answer("200 OK", "x"); }));
  fetch::Engine engine(local_options(), quick());
  std::promise<std::string> promise;
  engine.fetch(server.url("/1"),
               [&](Result<Fetched>&&) {
                 engine.fetch(server.url("/2"), [&](Result<Fetched>&& result) { promise.set_value(code_of(result)); },
                              {});
               },
               {});
  EXPECT_EQ(promise.get_future().get(), "OK");
}

TEST(Fetcher, ManyThreadsMayAsk) {
  const HostileServer server(replies([](const std::string&) { return answer("200 OK", "x"); }));
  fetch::Engine engine(local_options(), quick());
  std::atomic<int> good = 0;
  std::latch all(80);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 20; ++i)
          engine.fetch(server.url("/"),
                       [&](Result<Fetched>&& result) {
                         good += result ? 1 : 0;
                         all.count_down();
                       },
                       {});
      });
  }
  all.wait();
  EXPECT_EQ(good, 80);
}

}  // namespace
}  // namespace fovea
