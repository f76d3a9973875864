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

FetchOptions guarded() {
  FetchOptions options;
  options.robots = false;
  options.retries = 0;
  options.timeout = 5;
  return options;
}

// PORT stands for the trip-wire's.
const std::vector<std::string>& spellings() {
  static const std::vector<std::string> all{
      "http://127.0.0.1:PORT/",
      "https://127.0.0.1:PORT/",
      "HTTP://127.0.0.1:PORT/",
      "http://127.1:PORT/",
      "http://127.0.1:PORT/",
      "http://2130706433:PORT/",
      "http://017700000001:PORT/",
      "http://0x7f000001:PORT/",
      "http://0x7F.0.0.1:PORT/",
      "http://0177.0.0.1:PORT/",
      "http://0177.0.0.01:PORT/",
      "http://127.0.0.1.:PORT/",
      "http://127.0.0.0x1:PORT/",
      "http://0x7f.1:PORT/",
      "http://127.255.255.254:PORT/",
      "http://127.0.0.1:0PORT/",
      "http://0.0.0.0:PORT/",
      "http://0:PORT/",
      "http://0x0:PORT/",
      "http://00.0.0.0:PORT/",
      "http://localhost:PORT/",
      "http://LOCALHOST:PORT/",
      "http://localhost.:PORT/",
      "http://a.localhost:PORT/",
      "http://a.localhost.:PORT/",
      "http://[::1]:PORT/",
      "http://[0:0:0:0:0:0:0:1]:PORT/",
      "http://[0000::0001]:PORT/",
      "http://[::]:PORT/",
      "http://[::ffff:127.0.0.1]:PORT/",
      "http://[::FFFF:127.0.0.1]:PORT/",
      "http://[::ffff:7f00:1]:PORT/",
      "http://[::127.0.0.1]:PORT/",
      "http://[::7f00:1]:PORT/",
      "http://[64:ff9b::127.0.0.1]:PORT/",
      "http://[64:ff9b::7f00:1]:PORT/",
      "http://[2002:7f00:1::]:PORT/",
      "http://[2001:0:7f00:1::]:PORT/",
      "http://[fe80::1]:PORT/",
      "http://[fe80::1%25lo]:PORT/",
      "http://[::1%25lo]:PORT/",
      "http://[fec0::1]:PORT/",
      "http://[fc00::1]:PORT/",
      "http://[fd00::1]:PORT/",
      "http://[ff02::1]:PORT/",
      "http://10.0.0.1:PORT/",
      "http://172.16.0.1:PORT/",
      "http://192.168.0.1:PORT/",
      "http://100.64.0.1:PORT/",
      "http://169.254.169.254/",
      "http://198.18.0.1:PORT/",
      "http://192.0.2.1:PORT/",
      "http://224.0.0.1:PORT/",
      "http://255.255.255.255:PORT/",
      "http://user@127.0.0.1:PORT/",
      "http://example.org@127.0.0.1:PORT/",
      "http://example.org:80@127.0.0.1:PORT/",
      "http://a:b@localhost:PORT/",
      "http://example.org%40127.0.0.1:PORT/",
      "http://127.0.0.1%2f:PORT/",
      "http://%31%32%37.0.0.1:PORT/",
      "http://127%2e0.0.1:PORT/",
      "http://127.0.0.1%00.example.org:PORT/",
      "http://127.0.0.1\\@example.org:PORT/",
      "http://example.org\\@127.0.0.1:PORT/",
      "http:\\\\127.0.0.1:PORT/",
      "http:/\\127.0.0.1:PORT/",
      "http://127.0.0.1\t:PORT/",
      "http://127.\n0.0.1:PORT/",
      "http://127.0.0.1:PORT/a\r\nb",
      "http://\x01"
      "127.0.0.1:PORT/",
      "http:// 127.0.0.1:PORT/",
      "http://127.0.0.1 :PORT/",
      "http://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1:PORT/",  // full-width digits
      "http://127\xe3\x80\x82"
      "0\xe3\x80\x82"
      "0\xe3\x80\x82"
      "1:PORT/",                                                  // ideographic full stops
      "http://\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1:PORT/",  // circled digits
      "http://loc\xc2\xad"
      "alhost:PORT/",  // soft hyphen
      "http:///127.0.0.1:PORT/",
      "http:127.0.0.1:PORT/",
      "http://127.0.0.1:PORT:80/",
      "http://[127.0.0.1]:PORT/",
      "http://[::1:PORT/",
      "http://::1:PORT/",
      "http://127.0.0.1#@example.org:PORT/",
      "http://127.0.0.1?@example.org:PORT/",
      "ftp://127.0.0.1:PORT/",
      "gopher://127.0.0.1:PORT/_GET",
      "dict://127.0.0.1:PORT/",
      "file:///etc/passwd",
      "file://127.0.0.1/etc/passwd",
      "ldap://127.0.0.1:PORT/",
      "smb://127.0.0.1:PORT/",
      "data:text/plain,x",
      "javascript:x",
      "//127.0.0.1:PORT/",
      "127.0.0.1:PORT",
      "",
      "http://",
      "http://:PORT/"};
  return all;
}

std::string with_port(std::string text, int port) {
  const std::size_t at = text.find("PORT");
  return at == text.npos ? text : text.replace(at, 4, std::to_string(port));
}

HostileServer::Script sprung() {
  return replies([](const std::string&) { return answer("200 OK", "sprung"); });
}

TEST(FetchRefused, EverySpelling) {
  ASSERT_GE(spellings().size(), 64u);
  const HostileServer wire(sprung());
  for (const bool robots : {false, true}) {
    FetchOptions options = guarded();
    options.robots = robots;
    fetch::Engine engine(options, quick());
    for (const std::string& spelling : spellings()) {
      const std::string url = with_port(spelling, wire.port());
      EXPECT_EQ(code_of(test::begin_fetch(engine, url).get()), "URL_REFUSED") << testing::PrintToString(url);
    }
  }
  EXPECT_EQ(wire.connections(), 0);
  EXPECT_EQ(text_of(fetch_one(wire.url("/")).value()), "sprung") << "the wire works";
}

TEST(FetchRefused, NamesThatLeadInward) {
  const HostileServer wire(sprung());
  const std::string port = std::to_string(wire.port());
  for (const char* address :
       {"127.0.0.1", "127.8.8.8", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[fe80::1]", "[64:ff9b::7f00:1]",
        "10.0.0.1", "192.168.0.1", "172.31.0.1", "100.64.0.1", "169.254.169.254", "127.0.0.1,[::1]"}) {
    for (const bool robots : {false, true}) {
      fetch::Tuning tuning = quick();
      tuning.resolve = {"inward.test:" + port + ":" + address};
      FetchOptions options = guarded();
      options.robots = robots;
      EXPECT_EQ(code_of(fetch_one("http://inward.test:" + port + "/", options, tuning)), "URL_REFUSED") << address;
    }
  }
  EXPECT_EQ(wire.connections(), 0);
}

// The door is a server that may be asked although it is on this machine.
fetch::Tuning with_door(const HostileServer& door) {
  fetch::Tuning tuning = quick();
  tuning.open_port = door.port();
  tuning.resolve = {"door.test:" + std::to_string(door.port()) + ":127.0.0.1"};
  return tuning;
}

// As a Location these lead back to the door, or nowhere.
bool stays(const std::string& location) {
  return location.empty() || location.starts_with("127.") || location.find_first_of("\r\n") != location.npos;
}

TEST(FetchRefused, RedirectsToEverySpelling) {
  const HostileServer wire(sprung());
  int refused = 0;
  for (const std::string& spelling : spellings()) {
    if (stays(spelling)) continue;
    const std::string location = with_port(spelling, wire.port());
    const HostileServer door(
        replies([&](const std::string&) { return answer("302 Found", "", "Location: " + location + "\r\n"); }));
    EXPECT_EQ(code_of(fetch_one(door.url("door.test", "/"), guarded(), with_door(door))), "URL_REFUSED")
        << testing::PrintToString(location);
    EXPECT_EQ(door.connections(), 1);
    ++refused;
  }
  EXPECT_GE(refused, 64);
  EXPECT_EQ(wire.connections(), 0);
}

TEST(FetchRefused, RedirectsOfRobotsToEverySpelling) {
  const HostileServer wire(sprung());
  FetchOptions options = guarded();
  options.robots = true;
  for (const std::string& spelling : spellings()) {
    if (stays(spelling)) continue;
    const std::string location = with_port(spelling, wire.port());
    const HostileServer door(replies([&](const std::string& request) {
      return request.starts_with("GET /robots.txt ") ? answer("302 Found", "", "Location: " + location + "\r\n")
                                                     : answer("200 OK", "picture");
    }));
    EXPECT_EQ(code_of(fetch_one(door.url("door.test", "/"), options, with_door(door))), "URL_REFUSED")
        << testing::PrintToString(location);
    EXPECT_EQ(door.requests().size(), 1u);
  }
  EXPECT_EQ(wire.connections(), 0);
}

TEST(FetchRefused, RedirectsToANameThatLeadsInward) {
  const HostileServer wire(sprung());
  const std::string inward = wire.url("inward.test", "/");
  const HostileServer door(
      replies([&](const std::string&) { return answer("302 Found", "", "Location: " + inward + "\r\n"); }));
  fetch::Tuning tuning = with_door(door);
  tuning.resolve.push_back("inward.test:" + std::to_string(wire.port()) + ":127.0.0.1");
  EXPECT_EQ(code_of(fetch_one(door.url("door.test", "/"), guarded(), tuning)), "URL_REFUSED");
  EXPECT_EQ(wire.connections(), 0);
}

TEST(FetchRefused, Tries) {
  const HostileServer wire(sprung());
  FetchOptions options = guarded();
  options.retries = 3;
  fetch::Tuning tuning = quick();
  tuning.resolve = {"inward.test:" + std::to_string(wire.port()) + ":127.0.0.1"};
  EXPECT_EQ(code_of(fetch_one(wire.url("inward.test", "/"), options, tuning)), "URL_REFUSED");
  EXPECT_EQ(wire.connections(), 0);
}

TEST(FetchUrl, OneSpellingForAll) {
  const auto text = [](const char* url) { return fetch::parse_url(url).value().text; };
  EXPECT_EQ(text("HTTP://Example.ORG"), "http://example.org/");
  EXPECT_EQ(text("http://example.org/a b/\xc3\xa4?q=\xc3\xa4#part"), "http://example.org/a%20b/%c3%a4?q=%c3%a4");
  EXPECT_EQ(text("http://0x08.0x8.010.8/"), "http://8.8.8.8/");
  const fetch::Url url = fetch::parse_url("https://example.org/a/../b?c").value();
  EXPECT_EQ(url.origin, "https://example.org:443");
  EXPECT_EQ(url.target, "/b?c");
}

}  // namespace
}  // namespace fovea
