#include "fetch/robots.h"

#include <gtest/gtest.h>

#include "fetch/opt_out.h"
#include "fetch_all.h"
#include "support/hostile_server.h"

namespace fovea {
namespace {

using test::answer;
using test::code_of;
using test::HostileServer;
using test::replies;

bool allows(const std::string& text, const std::string& target, const char* name = "fovea") {
  return fetch::RobotsRules(text, name).allows(target);
}

// The examples of RFC 9309, sections 2.2.2, 2.2.3 and 5.2.
TEST(Robots, LongestRuleWins) {
  const std::string text = "User-agent: *\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n";
  EXPECT_TRUE(allows(text, "/example/page/allowed.gif"));
  EXPECT_FALSE(allows(text, "/example/page/disallowed.gif"));
  EXPECT_TRUE(allows(text, "/other"));
  EXPECT_TRUE(allows("User-agent: *\nDisallow: /a\nAllow: /a\n", "/a")) << "among equals the one that allows";
  EXPECT_TRUE(allows("User-agent: *\nAllow: /a\nDisallow: /a\n", "/a"));
}

TEST(Robots, Wildcards) {
  const std::string text = "User-agent: *\nDisallow: *.gif$\nDisallow: /example/\nAllow: /publications/\n";
  EXPECT_FALSE(allows(text, "/a.gif"));
  EXPECT_TRUE(allows(text, "/a.gif?b"));
  EXPECT_FALSE(allows(text, "/example/a"));
  EXPECT_FALSE(allows("User-agent: *\nDisallow: /a*c*e$\n", "/abcbcde"));
  EXPECT_TRUE(allows("User-agent: *\nDisallow: /a*c*e$\n", "/abcbcdef"));
  EXPECT_FALSE(allows("User-agent: *\nDisallow: /*\n", "/"));
  EXPECT_TRUE(allows("User-agent: *\nDisallow: /a$b\n", "/a"));
}

TEST(Robots, OneSpellingOfPaths) {
  EXPECT_FALSE(allows("User-agent: *\nDisallow: /foo/bar/\xe3\x83\x84\n", "/foo/bar/%E3%83%84"));
  EXPECT_FALSE(allows("User-agent: *\nDisallow: /foo/bar/%E3%83%84\n", "/foo/bar/%e3%83%84"));
  EXPECT_FALSE(allows("User-agent: *\nDisallow: /foo/bar/%62%61%7A\n", "/foo/bar/baz"));
  EXPECT_TRUE(allows("User-agent: *\nDisallow: /a%2fb\n", "/a/b"));
  EXPECT_TRUE(allows("User-agent: *\nDisallow: /Foo\n", "/foo"));
  EXPECT_FALSE(allows("User-agent: *\nDisallow: /x%2A\n", "/x*")) << "RFC 9309, 2.2.3";
  EXPECT_TRUE(allows("User-agent: *\nDisallow: /x%2A\n", "/xy"));
  EXPECT_FALSE(allows("User-agent: *\nDisallow: /x%24\n", "/x$"));
  EXPECT_FALSE(allows("User-agent: *\nDisallow: /x$y\n", "/x$y"));
}

TEST(Robots, TheGroupOfTheName) {
  const std::string text =
      "User-agent: *\nDisallow: /\n\nUSER-AGENT: Fovea/1.0 # us\nDisallow: /no\n\nuser-agent: other\nDisallow: /x\n"
      "User-Agent: fovea\nDisallow: /too\n";
  EXPECT_TRUE(allows(text, "/yes"));
  EXPECT_FALSE(allows(text, "/no"));
  EXPECT_FALSE(allows(text, "/too")) << "groups of one name are one";
  EXPECT_TRUE(allows(text, "/x"));
  EXPECT_FALSE(allows(text, "/yes", "another"));
  EXPECT_TRUE(allows("User-agent: *\nDisallow: /\nUser-agent: fovea\n", "/yes")) << "a group without rules allows";
  EXPECT_FALSE(allows("User-agent: other\nUser-agent: fovea\nDisallow: /\n", "/"));
  EXPECT_FALSE(allows("User-agent: fovea\nSitemap: x\nUser-agent: other\nDisallow: /\n", "/"));
  EXPECT_TRUE(allows("User-agent: foveabot\nDisallow: /\n", "/"));
}

TEST(Robots, TextsThatAreNotThat) {
  for (const char* text :
       {"", "<html>Disallow: /</html>", "Disallow: /", "User-agent: *\nDisallow:\n", "User-agent: *\nDisallow /\n",
        "\xff\xfe\x00", "User-agent\n:\n::\n", "User-agent: *\n#Disallow: /\n"})
    EXPECT_TRUE(allows(text, "/a")) << text;
  EXPECT_FALSE(allows("\xef\xbb\xbfUser-agent: *\r\rDisallow: /", "/a"));
  EXPECT_FALSE(allows("User-agent:*\nnonsense\nDisallow:/a#b", "/a"));
  EXPECT_TRUE(allows("User-agent: *\nDisallow: /\n", "/robots.txt"));
  const std::string stars = "User-agent: *\nDisallow: /" + std::string(1000, '*') + "x$\n";
  EXPECT_TRUE(allows(stars, "/" + std::string(10'000, 'a'))) << "and soon";
}

TEST(RobotsTag, WordsThatOptOut) {
  for (const char* tag :
       {"noindex", "NoIndex", "none", "noai", "noimageai", "noimageindex", "noml", "nofollow, noai", "all,noai",
        " noai ", "*: noai", "fovea: noai", "Fovea : noai", "other: noindex, fovea: noai", "nofollow;noai",
        "max-snippet: 5, noai", "unavailable_after: 25 Jun 2010 15:00:00 PST, noindex", "\"noai\"",
        "unavailable_after: Friday, 25 Jun 2010 15:00:00 PST, noai"})
    EXPECT_TRUE(fetch::opts_out({tag}, "fovea")) << tag;
  for (const char* tag : {"", "all", "nofollow", "noaim", "no ai", "other: noai", "other: nofollow, noai", "fovea: all",
                          ":", ",,", "max-image-preview: none"})
    EXPECT_FALSE(fetch::opts_out({tag}, "fovea")) << tag;
  EXPECT_TRUE(fetch::opts_out({"all", "noai"}, "fovea"));
  EXPECT_EQ(fetch::robots_name("Fovea/0.1.0 (x)"), "fovea");
}

FetchOptions obedient() {
  FetchOptions options = test::local_options();
  options.robots = true;
  options.retries = 0;
  return options;
}

// A server with this answer for its robots.txt and pictures elsewhere.
HostileServer::Script site(std::string robots) {
  return replies([robots = std::move(robots)](const std::string& request) {
    return request.starts_with("GET /robots.txt ") ? robots : answer("200 OK", "picture");
  });
}

TEST(FetchRobots, IsReadOnceAndObeyed) {
  const HostileServer server(site(answer("200 OK", "User-agent: *\nDisallow: /no\n")));
  fetch::Engine engine(obedient(), test::quick());
  std::vector<std::future<Result<Fetched>>> good, bad;
  for (int i = 0; i < 10; ++i) {
    good.push_back(test::begin_fetch(engine, server.url("/yes?x")));
    bad.push_back(test::begin_fetch(engine, server.url("/no?x")));
  }
  for (auto& future : good) EXPECT_EQ(code_of(future.get()), "OK");
  for (auto& future : bad) EXPECT_EQ(code_of(future.get()), "OPT_OUT");
  EXPECT_EQ(server.requests().size(), 11u);
  EXPECT_TRUE(server.requests()[0].starts_with("GET /robots.txt HTTP/1.1\r\n"));
}

TEST(FetchRobots, AnswersThatAreNoRules) {
  const auto code = [](const std::string& robots) {
    const HostileServer server(site(robots));
    return code_of(test::fetch_one(server.url("/a"), obedient(), test::quick()));
  };
  EXPECT_EQ(code(answer("404 Not Found", "User-agent: *\nDisallow: /\n")), "OK");
  EXPECT_EQ(code(answer("403 No", "")), "OK");
  EXPECT_EQ(code(answer("500 Oops", "")), "HTTP_STATUS");
  EXPECT_EQ(code(answer("429 Slow down", "")), "HTTP_STATUS");
  EXPECT_EQ(code("nonsense\r\n\r\n"), "DOWNLOAD");
  const std::string rules = "User-agent: *\nDisallow: /a\n";
  EXPECT_EQ(code(answer("200 OK", rules + std::string(2'000'000, '#'))), "OPT_OUT") << "its first 500 KiB count";
}

// What lies behind the first 500 KiB is not read, nor the rule that they cut in two.
TEST(FetchRobots, ALongOneIsCutBetweenLines) {
  std::string text = "User-agent: *\n#";
  text.resize((500 << 10) - 14, '-');
  text += "\nDisallow: /a/b\nDisallow: /c\n";
  const HostileServer server(site(answer("200 OK", text)));
  for (const char* path : {"/a/b", "/a", "/c"})
    EXPECT_EQ(code_of(test::fetch_one(server.url(path), obedient())), "OK") << path;
}

TEST(FetchRobots, HoldsForWhatARedirectLeadsTo) {
  const HostileServer there(site(answer("200 OK", "User-agent: *\nDisallow: /\n")));
  const HostileServer here(replies([&](const std::string& request) {
    return request.starts_with("GET /robots.txt ") ? answer("404 Not Found", "")
                                                   : answer("302 Found", "", "Location: " + there.url("/a") + "\r\n");
  }));
  EXPECT_EQ(code_of(test::fetch_one(here.url("/a"), obedient(), test::quick())), "OPT_OUT");
  EXPECT_EQ(there.requests().size(), 1u);
}

TEST(FetchRobots, IsNotAskedWhenItIsNotWished) {
  const HostileServer server(site(answer("200 OK", "User-agent: *\nDisallow: /\n")));
  EXPECT_EQ(code_of(test::fetch_one(server.url("/a"))), "OK");
  EXPECT_EQ(server.requests().size(), 1u);
}

// The body never comes: the headers are enough.
TEST(FetchRobots, TheTagIsReadBeforeTheBody) {
  const HostileServer server([](HostileServer::Connection& connection) {
    for (std::string request; !(request = connection.request()).empty();) {
      if (request.starts_with("GET /robots.txt ")) {
        connection.send(answer("404 Not Found", ""));
        continue;
      }
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nx-robots-tag: NoAI\r\n\r\n");
      return connection.stall();
    }
  });
  EXPECT_EQ(code_of(test::fetch_one(server.url("/a"), obedient(), test::quick())), "OPT_OUT");
}

TEST(FetchConditional, WhatHasNotChangedIsNotSent) {
  const HostileServer server(replies([](const std::string& request) {
    return request.find("\r\nIf-None-Match: \"e\"\r\n") != request.npos ||
                   request.find("\r\nIf-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT\r\n") != request.npos
               ? std::string("HTTP/1.1 304 Not Modified\r\nETag: \"e\"\r\n\r\n")
               : answer("200 OK", "new", "ETag: \"e\"\r\n");
  }));
  const auto fetch = [&](Validators known) {
    return test::fetch_one(server.url("/"), test::local_options(), test::quick(), known);
  };
  for (const Validators& known : {Validators{"\"e\"", ""}, Validators{"", "Mon, 01 Jan 2024 00:00:00 GMT"}}) {
    const Fetched same = fetch(known).value();
    EXPECT_TRUE(same.not_modified);
    EXPECT_TRUE(same.bytes.empty());
    EXPECT_EQ(same.etag, "\"e\"");
  }
  const Fetched other = fetch({"\"f\"", ""}).value();
  EXPECT_FALSE(other.not_modified);
  EXPECT_EQ(test::text_of(other), "new");
}

TEST(FetchConditional, ValidatorsThatWouldSmuggleAreLeftOut) {
  const HostileServer server(replies([](const std::string& request) { return answer("200 OK", request); }));
  const Fetched fetched =
      test::fetch_one(server.url("/"), test::local_options(), test::quick(), {"x\r\nEvil: 1", "y\nEvil: 2"}).value();
  EXPECT_EQ(test::text_of(fetched).find("Evil"), std::string::npos);
}

}  // namespace
}  // namespace fovea
