#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "support/ranged_answer.h"
#include "support/source_inputs.h"
#include "support/tar_bytes.h"

namespace fovea::test {
namespace {

using testing::ElementsAre;

SourceOptions local() {
  SourceOptions options;
  options.fetch.allow_private = true;
  options.fetch.robots = false;
  options.fetch.timeout = 20;
  return options;
}

// Three pieces of 4 MiB, with members that begin in one and end in the next.
std::string large_shard() {
  std::string bytes;
  for (int k = 0; k < 9; ++k)
    bytes += tar_member(std::to_string(k), std::string(1'200'000, static_cast<char>('a' + k)));
  return bytes + tar_end();
}

std::vector<SourceInput> large_members(const std::string& url) {
  std::vector<SourceInput> inputs;
  for (int k = 0; k < 9; ++k)
    inputs.push_back({url + "!" + std::to_string(k), std::string(1'200'000, static_cast<char>('a' + k)), {}, {}});
  return inputs;
}

TEST(RemoteTar, GivesTheMembersOfAShardInPieces) {
  const std::string shard = large_shard();
  const HostileServer server(replies([&](const std::string& request) { return ranged_answer(request, shard); }));
  const std::string url = server.url("/s.tar");
  EXPECT_EQ(all_inputs({url}, local()), large_members(url));
  EXPECT_EQ(server.requests().size(), 3u);
  EXPECT_EQ(all_names({url}, local()).size(), 9u) << "without taking any";
}

TEST(RemoteTar, AServerMayGiveLessThanWasAskedFor) {
  const std::string shard = large_shard();
  const HostileServer server(
      replies([&](const std::string& request) { return ranged_answer(request, shard, 3'000'000); }));
  const std::string url = server.url("/s.tar");
  EXPECT_EQ(all_inputs({url}, local()), large_members(url));
}

TEST(RemoteTar, AServerWithoutRangesGivesAllAtOnce) {
  const std::string shard = large_shard();
  const HostileServer server(replies([&](const std::string&) { return answer("200 OK", shard); }));
  const std::string url = server.url("/s.tar");
  EXPECT_EQ(all_inputs({url}, local()), large_members(url));
  EXPECT_EQ(server.requests().size(), 1u);
  SourceOptions options = local();
  options.fetch.max_bytes = 1 << 20;
  EXPECT_THAT(outcomes(all_inputs({url}, options)), ElementsAre(url + " UNSUPPORTED"));
}

TEST(RemoteTar, IsKnownByItsNameWithoutTheQuery) {
  const std::string shard = tar_member("m", "bytes") + tar_end();
  const HostileServer server(replies([&](const std::string& request) { return ranged_answer(request, shard); }));
  EXPECT_THAT(
      outcomes(all_inputs({server.url("/s-{0..1}.tar?token=sesame#x"), server.url("/t?s.tar")}, local())),
      ElementsAre(server.url("/s-0.tar?token=***!m"), server.url("/s-1.tar?token=***!m"), server.url("/t?s.tar")));
  EXPECT_EQ(open_source(std::vector{server.url("/s.tar?x=1")}, local())->count(), std::nullopt);
}

// The second piece breaks off twice; only what is missing is asked for again.
TEST(RemoteTar, AConnectionThatBreaksIsTriedAgain) {
  const std::string shard = large_shard();
  std::atomic<int> breaks = 2;
  const HostileServer server([&](HostileServer::Connection& connection) {
    for (std::string request; !(request = connection.request()).empty();) {
      const std::string whole = ranged_answer(request, shard);
      const bool second = range_asked(request).starts_with("4194304-");
      if (second && breaks-- > 0) return void(connection.send(std::string_view(whole).substr(0, whole.size() / 2)));
      connection.send(whole);
    }
  });
  const std::string url = server.url("/s.tar");
  EXPECT_EQ(all_inputs({url}, local()), large_members(url));
  EXPECT_EQ(server.requests().size(), 5u);
}

// The row of the member within which the bytes end tells why; nothing follows it.
TEST(RemoteTar, AnErrorOnTheWayIsTheRowOfTheMember) {
  const std::string shard = large_shard();
  const HostileServer server(replies([&](const std::string& request) {
    return range_asked(request).starts_with("0-") ? ranged_answer(request, shard) : answer("403 No", "");
  }));
  const std::string url = server.url("/s.tar");
  EXPECT_THAT(outcomes(all_inputs({url}, local())),
              ElementsAre(url + "!0", url + "!1", url + "!2", url + "!3 HTTP_STATUS"));
}

TEST(RemoteTar, AFileThatChangesMeanwhileIsNotMixed) {
  const std::string shard = large_shard();
  for (const char* headers : {"ETag: \"2\"\r\n", "ETag: \"1\"\r\nLast-Modified: Tue\r\n"}) {
    const HostileServer server(replies([&](const std::string& request) {
      return range_asked(request).starts_with("0-") ? ranged_answer(request, shard)
                                                    : ranged_answer(request, shard, shard.size(), headers);
    }));
    const auto got = all_inputs({server.url("/s.tar")}, local());
    ASSERT_EQ(got.size(), 4u);
    EXPECT_EQ(got[3].error, Errc::download);
    EXPECT_NE(got[3].message.find("got another"), std::string::npos) << got[3].message;
  }
}

TEST(RemoteTar, WhatCannotBeHadIsARow) {
  const std::string shard = tar_member("m", std::string(700, 'x'));
  const HostileServer server(replies([&](const std::string& request) {
    if (request.starts_with("GET /none")) return answer("404 No", "");
    if (request.starts_with("GET /empty")) return ranged_answer(request, "");
    if (request.starts_with("GET /text")) return ranged_answer(request, "no archive at all");
    return ranged_answer(request, shard.substr(0, request.starts_with("GET /cut") ? 1000 : shard.size()));
  }));
  const auto row = [&](const std::string& file, const std::string& rest) { return server.url("/" + file) + rest; };
  EXPECT_THAT(outcomes(all_inputs({server.url("/none.tar"), server.url("/empty.tar"), server.url("/text.tar"),
                                   server.url("/cut.tar"), server.url("/endless.tar")},
                                  local())),
              ElementsAre(row("none.tar", " HTTP_STATUS"), row("empty.tar", " EMPTY"), row("text.tar", " CORRUPT"),
                          row("cut.tar", "!m TRUNCATED"), row("endless.tar", "!m"), row("endless.tar", " TRUNCATED")));
  EXPECT_THAT(outcomes(all_inputs({server.url("/s.tar")})), ElementsAre(row("s.tar", " URL_REFUSED")));
}

TEST(RemoteTar, MayBeLeftInTheMiddle) {
  const std::string shard = large_shard();
  const HostileServer server(replies([&](const std::string& request) { return ranged_answer(request, shard); }));
  const auto source = open_source(std::vector{server.url("/s.tar")}, local());
  EXPECT_EQ(source->next(), server.url("/s.tar!0"));
}

}  // namespace
}  // namespace fovea::test
