#include <gtest/gtest.h>

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

std::string path_of(const std::string& request) {
  return request.substr(4, request.find(" HTTP") - 4);
}

// /5 leads to /4, and so on to /0.
HostileServer::Script countdown(const std::string& status) {
  return replies([status](const std::string& request) {
    const int left = std::stoi(path_of(request).substr(1));
    return left == 0 ? answer("200 OK", "there")
                     : answer(status, "moved", "Location: /" + std::to_string(left - 1) + "\r\n");
  });
}

HostileServer::Script to(const std::string& header, const std::string& status = "302 Found") {
  return replies([=](const std::string&) { return answer(status, "moved", header); });
}

TEST(FetchRedirect, FiveAreFollowed) {
  for (const char* status : {"301 Moved", "302 Found", "303 Other", "307 Temporary", "308 Permanent"}) {
    const HostileServer server(countdown(status));
    const Fetched fetched = fetch_one(server.url("/5")).value();
    EXPECT_EQ(text_of(fetched), "there");
    EXPECT_EQ(fetched.url, server.url("/0"));
    EXPECT_EQ(server.requests().size(), 6u);
  }
}

TEST(FetchRedirect, SlashesAndAddressesInAPathOrQueryAreNoHosts) {
  for (const char* location : {"/img//caf%C3%A9.jpg", "/go?u=https://example.org%2Fa", "?next=http://x%20y"}) {
    const HostileServer server(replies([location](const std::string& request) {
      return path_of(request) == "/" ? answer("302 Found", "", std::string("Location: ") + location + "\r\n")
                                     : answer("200 OK", path_of(request));
    }));
    const Result<Fetched> result = fetch_one(server.url("/"));
    ASSERT_TRUE(result) << result.error().what();
    EXPECT_NE(text_of(result.value()).find(std::string(location).substr(1)), std::string::npos);
  }
}

TEST(FetchRedirect, ASixthIsNot) {
  const HostileServer server(countdown("302 Found"));
  EXPECT_EQ(code_of(fetch_one(server.url("/6"))), "HTTP_STATUS");
  EXPECT_EQ(server.requests().size(), 6u);
}

TEST(FetchRedirect, ToAnotherHost) {
  const HostileServer there(replies([](const std::string&) { return answer("200 OK", "there"); }));
  const HostileServer here(to("Location: " + there.url("/x y#part") + "\r\n"));
  const Fetched fetched = fetch_one("http://user:hunter2@" + here.url("/").substr(7)).value();
  EXPECT_EQ(text_of(fetched), "there");
  EXPECT_EQ(fetched.url, there.url("/x%20y"));
  EXPECT_NE(here.requests()[0].find("\r\nAuthorization: "), std::string::npos);
  EXPECT_EQ(there.requests()[0].find("\r\nAuthorization: "), std::string::npos) << "credentials are the first host's";
}

TEST(FetchRedirect, WithoutALocation) {
  for (const char* header : {"", "Location:\r\n", "Location:  \r\n"}) {
    const HostileServer server(to(header));
    const Result<Fetched> result = fetch_one(server.url("/"));
    ASSERT_EQ(code_of(result), "HTTP_STATUS");
    EXPECT_NE(std::string(result.error().what()).find("302 without a Location"), std::string::npos);
  }
}

TEST(FetchRedirect, LocationsThatAreRefused) {
  for (const char* location : {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "data:,x", "http://",
                               "//", "http://a b/", "/a\\b", "http://127.0.0.1:99999/"}) {
    const HostileServer server(to(std::string("Location: ") + location + "\r\n"));
    EXPECT_EQ(code_of(fetch_one(server.url("/"))), "URL_REFUSED") << location;
    EXPECT_EQ(server.requests().size(), 1u);
  }
  const HostileServer giant(to("Location: /" + std::string(50'000, 'x') + "\r\n"));
  EXPECT_EQ(code_of(fetch_one(giant.url("/"))), "URL_REFUSED");
}

TEST(FetchRedirect, OtherStatusesDoNotMove) {
  for (const char* status : {"300 Choices", "304 Not Modified", "305 Proxy", "306 Unused", "404 Not Found"}) {
    const HostileServer server(to("Location: /there\r\n", status));
    EXPECT_EQ(code_of(fetch_one(server.url("/"))), "HTTP_STATUS") << status;
    EXPECT_EQ(server.requests().size(), 1u);
  }
}

TEST(FetchRedirect, EndlessBodiesOfRedirects) {
  const HostileServer server([](HostileServer::Connection& connection) {
    if (path_of(connection.request()) == "/there") {
      connection.send(answer("200 OK", "there"));
    } else {
      connection.send("HTTP/1.1 302 Found\r\nLocation: /there\r\n\r\n");
      connection.send_for_ever(std::string(10'000, 'x'));
    }
  });
  EXPECT_EQ(text_of(fetch_one(server.url("/")).value()), "there");
}

TEST(FetchRedirect, TimeIsForAllOfThem) {
  FetchOptions options = local_options();
  options.timeout = 0.3;
  const HostileServer server([](HostileServer::Connection& connection) {
    while (!connection.request().empty())
      connection.trickle("HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", std::chrono::milliseconds(3));
  });
  EXPECT_EQ(code_of(fetch_one(server.url("/"), options)), "TIMEOUT");
}

}  // namespace
}  // namespace fovea
