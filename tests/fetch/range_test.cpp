#include <gtest/gtest.h>

#include "fetch/content_range.h"
#include "fetch_all.h"
#include "support/expect_error.h"
#include "support/ranged_answer.h"

namespace fovea {
namespace {

using test::answer;
using test::code_of;
using test::HostileServer;
using test::local_options;
using test::quick;
using test::ranged_answer;
using test::replies;
using test::text_of;

Result<Fetched> fetch_part(const std::string& url, ByteRange range, const FetchOptions& options = local_options()) {
  fetch::Engine engine(options, quick());
  std::promise<Result<Fetched>> promise;
  engine.fetch(
      url, [&](Result<Fetched>&& result) { promise.set_value(std::move(result)); }, {}, range);
  return promise.get_future().get();
}

TEST(FetchRange, BringsThePartThatWasAskedFor) {
  const HostileServer server(replies([](const std::string& request) { return ranged_answer(request, "0123456789"); }));
  const Fetched middle = fetch_part(server.url("/f"), {2, 5}).value();
  EXPECT_EQ(text_of(middle), "23456");
  EXPECT_EQ(middle.first, 2);
  EXPECT_EQ(middle.whole, 10);
  EXPECT_EQ(middle.etag, "\"1\"");
  EXPECT_EQ(text_of(fetch_part(server.url("/f"), {8, 5}).value()), "89");
  EXPECT_EQ(test::range_asked(server.requests().at(0)), "2-6");
  EXPECT_EQ(test::range_asked(server.requests().at(1)), "8-12");
}

TEST(FetchRange, BehindTheEndIsNothing) {
  const HostileServer server(replies([](const std::string& request) { return ranged_answer(request, "0123456789"); }));
  const Fetched nothing = fetch_part(server.url("/f"), {10, 1}).value();
  EXPECT_TRUE(nothing.bytes.empty());
  EXPECT_EQ(nothing.whole, 10);
}

TEST(FetchRange, AServerWithoutRangesGivesTheWhole) {
  const HostileServer server(replies([](const std::string&) { return answer("200 OK", "0123456789"); }));
  const Fetched whole = fetch_part(server.url("/f"), {2, 5}).value();
  EXPECT_EQ(text_of(whole), "0123456789");
  EXPECT_EQ(whole.first, 0);
  EXPECT_EQ(whole.whole, 10);
  FetchOptions options = local_options();
  options.max_bytes = 9;
  const Result<Fetched> refused = fetch_part(server.url("/f"), {2, 5}, options);
  EXPECT_EQ(code_of(refused), "UNSUPPORTED");
}

TEST(FetchRange, ItsLengthIsNotBoundByTheLimitOfWholeFiles) {
  const HostileServer server(replies([](const std::string& request) { return ranged_answer(request, "0123456789"); }));
  FetchOptions options = local_options();
  options.max_bytes = 3;
  EXPECT_EQ(text_of(fetch_part(server.url("/f"), {2, 5}, options).value()), "23456");
}

TEST(FetchRange, OfNoBytesIsRefused) {
  Fetcher fetcher(local_options());
  for (const ByteRange range : {ByteRange{0, 0}, ByteRange{-1, 2}})
    test::expect_error(Errc::invalid_argument, "a range",
                       [&] { fetcher.fetch("http://127.0.0.1/", range, [](Result<Fetched>&&) {}); });
}

class OtherAnswer : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(OtherAnswer, IsAnError) {
  const HostileServer server(replies([](const std::string&) { return GetParam().first; }));
  EXPECT_EQ(code_of(fetch_part(server.url("/f"), {2, 5})), GetParam().second);
}

std::string part(const std::string& content_range, const std::string& body) {
  return answer("206 Partial Content", body, content_range.empty() ? "" : "Content-Range: " + content_range + "\r\n");
}
INSTANTIATE_TEST_SUITE_P(
    Table, OtherAnswer,
    testing::Values(std::pair(part("", "23456"), "DOWNLOAD"), std::pair(part("bytes 3-7/10", "34567"), "DOWNLOAD"),
                    std::pair(part("bytes 2-6/*", "23456"), "DOWNLOAD"),
                    std::pair(part("bytes 2-6/10", "2345"), "DOWNLOAD"),
                    std::pair(part("bytes 2-7/10", "234567"), "DOWNLOAD"),
                    std::pair(part("bytes */10", ""), "DOWNLOAD"),
                    std::pair(answer("416 No", "", "Content-Range: bytes */10\r\n"), "HTTP_STATUS"),
                    std::pair(answer("416 No", ""), "HTTP_STATUS"), std::pair(answer("404 No", ""), "HTTP_STATUS")));

TEST(ContentRange, IsReadAsRfc9110HasIt) {
  const auto text = [](std::string_view value) {
    const auto range = fetch::parse_content_range(value);
    return range
               ? std::to_string(range->first) + "+" + std::to_string(range->count) + "/" + std::to_string(range->whole)
               : "";
  };
  EXPECT_EQ(text("bytes 0-0/1"), "0+1/1");
  EXPECT_EQ(text("bytes 10-99/9223372036854775807"), "10+90/9223372036854775807");
  EXPECT_EQ(text("bytes */0"), "0+0/0");
  for (const char* bad :
       {"", "bytes", "bytes 0-0", "bytes 0-1/1", "bytes 2-1/9", "bytes -1-1/9", "bytes 0--1/9", "bytes 0-0/1 ",
        "items 0-0/1", "bytes 0-0/*", "bytes */*", "bytes */-1", "bytes 0-0/9223372036854775808", "bytes 0 - 0/1"})
    EXPECT_EQ(text(bad), "") << bad;
}

}  // namespace
}  // namespace fovea
