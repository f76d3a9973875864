#include <gtest/gtest.h>

#include <ctime>

#include "fetch/verdict.h"
#include "fetch_all.h"
#include "support/hostile_server.h"

namespace fovea {
namespace {

using test::answer;
using test::code_of;
using test::fetch_one;
using test::HostileServer;
using test::local_options;
using test::quick;
using test::replies;
using test::text_of;

// The first `faults` requests get `fault`, the others the file.
struct Recovering {
  explicit Recovering(int faults, std::string fault)
      : server([this, faults, fault = std::move(fault)](HostileServer::Connection& connection) {
          connection.request();
          connection.send(asked++ < faults ? fault : answer("200 OK", "file", "Connection: close\r\n"));
        }) {}
  std::atomic<int> asked = 0;
  HostileServer server;
};

TEST(FetchRetry, FaultsThatPass) {
  for (const char* fault :
       {"HTTP/1.1 429 Slow down\r\n\r\n", "HTTP/1.1 500 Oops\r\n\r\n", "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\n\r\n",
        "", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbytes", "HTTP/1.1 503 Busy\r\nRetry-After: soon\r\n\r\n",
        "HTTP/1.1 503 Busy\r\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n"}) {
    Recovering good(3, fault);
    const Fetched fetched = fetch_one(good.server.url("/")).value();
    EXPECT_EQ(text_of(fetched), "file");
    EXPECT_EQ(fetched.attempts, 4);
    Recovering bad(4, fault);
    EXPECT_NE(code_of(fetch_one(bad.server.url("/"))), "OK") << fault;
    EXPECT_EQ(bad.asked, 4);
  }
}

TEST(FetchRetry, FaultsThatStay) {
  for (const char* fault : {"HTTP/1.1 404 Not Found\r\n\r\n", "HTTP/1.1 403 No\r\nRetry-After: 0\r\n\r\n",
                            "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"}) {
    Recovering server(1, fault);
    EXPECT_NE(code_of(fetch_one(server.server.url("/"))), "OK") << fault;
    EXPECT_EQ(server.asked, 1);
  }
}

// What is asked for lies beyond the deadline: there is no point in waiting, nor in coming early.
TEST(FetchRetry, RetryAfterTheDeadlineIsTheEnd) {
  std::vector<std::string> wishes{"21", "100000000000", "99999999999999999999999999", "Fri, 31 Dec 2100 23:59:59 GMT"};
  for (const std::string& wish : wishes) {
    Recovering server(1, "HTTP/1.1 429 Slow down\r\nRetry-After: " + wish + "\r\n\r\n");
    const Result<Fetched> result = fetch_one(server.server.url("/"));
    EXPECT_EQ(code_of(result), "HTTP_STATUS") << wish;
    EXPECT_NE(std::string(result.error().what()).find(" s, behind the time allowed"), std::string::npos)
        << result.error().what();
    EXPECT_EQ(server.asked, 1);
  }
}

TEST(FetchRetry, NoneWhenNoneAreWished) {
  FetchOptions options = local_options();
  options.retries = 0;
  Recovering server(1, "HTTP/1.1 503 Busy\r\n\r\n");
  EXPECT_EQ(code_of(fetch_one(server.server.url("/"), options)), "HTTP_STATUS");
  EXPECT_EQ(server.asked, 1);
}

TEST(FetchRetry, RetryAfterInSecondsOrAsADate) {
  using fetch::retry_after_seconds;
  EXPECT_EQ(retry_after_seconds("0"), 0.0);
  EXPECT_EQ(retry_after_seconds("120"), 120.0);
  EXPECT_EQ(retry_after_seconds("-5"), 0.0);
  EXPECT_EQ(retry_after_seconds("Sun, 06 Nov 1994 08:49:37 GMT"), 0.0);
  EXPECT_EQ(retry_after_seconds(""), std::nullopt);
  EXPECT_EQ(retry_after_seconds("soon"), std::nullopt);
  char text[64];
  const std::time_t then = std::time(nullptr) + 3600;
  std::tm parts{};
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", ::gmtime_r(&then, &parts));
  const std::optional<double> wait = retry_after_seconds(text);
  ASSERT_TRUE(wait);
  EXPECT_LE(*wait, 3600);
  EXPECT_GT(*wait, 0);
}

}  // namespace
}  // namespace fovea
