#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "device/profile/made_profile.h"
#include "device/profiler.h"
#include "support/expect_error.h"
#include "support/read_text.h"
#include "support/temporary_directory.h"

namespace fovea {
namespace {

using nlohmann::json;
using test::expect_error;
using test::made_profile;
using test::MadeSpan;
using test::read_text;

const Device cpu = Device::cpu();
constexpr std::int64_t roomy = std::int64_t{1} << 20;

// The events of a trace that may be cut: after "[", every whole line but "]" is an event, with a comma at its end
// unless it is the last.
std::vector<json> events_of(const std::string& text) {
  std::vector<json> events;
  std::istringstream lines(text.substr(0, text.rfind('\n') + 1));
  std::string line;
  if (!std::getline(lines, line)) return events;
  EXPECT_EQ(line, "[");
  while (std::getline(lines, line)) {
    if (line == "]") break;
    if (line.back() == ',') line.pop_back();
    events.push_back(json::parse(line));
  }
  return events;
}

std::vector<json> spans_of(const std::string& text) {
  std::vector<json> spans;
  for (const json& event : events_of(text))
    if (event.at("ph") == "X") spans.push_back(event);
  return spans;
}

TEST(Trace, IsWhatTheFormatSays) {
  const test::TemporaryDirectory folder;
  const auto file = folder.path() / "t.json";
  const Profile profile = made_profile(9'000'001, {{Activity::op, cpu, "relu", 1'234'567, 1'234'568},
                                                   {Activity::copy, Device::cuda(1), "up", 2'000, 5'050, 64}});
  EXPECT_EQ(write_trace(profile, file, roomy), 0);
  EXPECT_EQ(read_text(file),
            R"([
{"name":"process_name","ph":"M","pid":1,"tid":1,"args":{"name":"cpu"}},
{"name":"thread_name","ph":"M","pid":1,"tid":1,"args":{"name":"thread 1"}},
{"name":"relu","cat":"op","ph":"X","pid":1,"tid":1,"ts":1234.567,"dur":0.001},
{"name":"process_name","ph":"M","pid":3,"tid":1,"args":{"name":"cuda:1"}},
{"name":"thread_name","ph":"M","pid":3,"tid":1,"args":{"name":"stream 1"}},
{"name":"up","cat":"copy","ph":"X","pid":3,"tid":1,"ts":2.000,"dur":3.050,"args":{"bytes":64}},
{"name":"end of recording","ph":"i","s":"g","pid":1,"tid":0,"ts":9000.001,"args":{"not_kept":0,"not_traced":0}}
]
)");
  EXPECT_EQ(json::parse(read_text(file)).size(), 7u);
}

TEST(Trace, TakesAnyName) {
  const test::TemporaryDirectory folder;
  const auto file = folder.path() / "t.json";
  const std::string names[] = {"a\"b\\c", "line\nbreak\x01", "\xc3\xa4\xe2\x82\xac", "bad \xff utf-8", ""};
  std::vector<MadeSpan> spans;
  for (const std::string& name : names) spans.push_back({Activity::range, cpu, name, 0, 1});
  write_trace(made_profile(1, spans), file, roomy);
  const json whole = json::parse(read_text(file));
  std::vector<std::string> got;
  for (const json& event : whole)
    if (event.at("ph") == "X") got.push_back(event.at("name"));
  EXPECT_THAT(got, testing::ElementsAre(names[0], names[1], names[2], "bad \xef\xbf\xbd utf-8", ""));
}

TEST(Trace, CutAnywhereIsATrace) {
  const test::TemporaryDirectory folder;
  const auto file = folder.path() / "t.json";
  std::vector<MadeSpan> spans;
  for (int k = 0; k < 12; ++k)
    spans.push_back({Activity::op, k % 3 == 0 ? Device::cuda(k) : cpu, "n\n,]" + std::to_string(k), k, 2 * k, k});
  write_trace(made_profile(99, spans), file, roomy);
  const std::string whole = read_text(file);
  std::size_t before = 0;
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    const std::string part = whole.substr(0, cut);
    const auto lines = static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
    const std::size_t events = events_of(part).size();
    EXPECT_EQ(events, std::min(lines == 0 ? 0 : lines - 1, json::parse(whole).size()));
    EXPECT_GE(events, before);
    before = events;
  }
  EXPECT_EQ(before, json::parse(whole).size());
}

TEST(Trace, KeepsToItsBytesAndSaysWhatIsLeftOut) {
  const test::TemporaryDirectory folder;
  const auto file = folder.path() / "t.json";
  std::vector<MadeSpan> spans;
  for (int k = 0; k < 1000; ++k) spans.push_back({Activity::op, cpu, "some name", k, k + 1});
  Profile profile = made_profile(1000, spans);
  profile.not_kept = 5;
  const std::int64_t left_out = write_trace(profile, file, 4096);
  const std::string text = read_text(file);
  EXPECT_LE(text.size(), 4096u);
  EXPECT_GE(text.size(), 3600u);
  EXPECT_GT(left_out, 0);
  EXPECT_EQ(spans_of(text).size() + static_cast<std::size_t>(left_out), 1000u);
  const json last = json::parse(text).back();
  EXPECT_EQ(last.at("args"), json({{"not_kept", 5}, {"not_traced", left_out}}));
}

TEST(Trace, RefusesPlacesThatCannotBeWritten) {
  const test::TemporaryDirectory folder;
  expect_error(Errc::invalid_argument, "at least 4096 bytes", [&] { write_trace({}, folder.path() / "t", 4095); });
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "t"));
  expect_error(Errc::not_found, "No such file", [&] { write_trace({}, folder.path() / "no" / "t", roomy); });
  expect_error(Errc::not_a_file, "got a pipe, socket or device", [] { write_trace({}, "/dev/null", roomy); });
}

TEST(Trace, IsWrittenWhileTheProgramRuns) {
  const test::TemporaryDirectory folder;
  ProfileOptions options;
  options.trace = folder.write("t.json", "what was there before, and is longer than the new beginning");
  start_profile(options);
  EXPECT_TRUE(read_text(options.trace).starts_with("[\n"));
  { const profiler::Scope span(Activity::op, "first"); }
  while (spans_of(read_text(options.trace)).empty()) std::this_thread::yield();
  for (int k = 0; k < 999; ++k) const profiler::Scope span(Activity::op, "later", {}, 17);
  std::thread([] { const profiler::Scope span(Activity::wait, "elsewhere"); }).join();
  const Profile profile = stop_profile();
  EXPECT_FALSE(profile.trace_error);
  EXPECT_EQ(profile.not_traced, 0);
  const std::string text = read_text(options.trace);
  EXPECT_EQ(json::parse(text).back().at("name"), "end of recording");
  const std::vector<json> spans = spans_of(text);
  ASSERT_EQ(spans.size(), 1001u);
  ASSERT_EQ(profile.spans.size(), 1001u);
  for (const json& span : spans) {
    EXPECT_GE(span.at("ts").get<double>(), 0);
    EXPECT_LE(span.at("ts").get<double>() + span.at("dur").get<double>(),
              static_cast<double>(profile.duration_ns) / 1000 + 0.001);
  }
}

TEST(Trace, OfARecordingKeepsToItsBytes) {
  const test::TemporaryDirectory folder;
  ProfileOptions options;
  options.trace = folder.path() / "t.json";
  options.most_trace_bytes = 4096;
  options.most_spans = 500;
  start_profile(options);
  for (int k = 0; k < 600; ++k) const profiler::Scope span(Activity::op, "span");
  const Profile profile = stop_profile();
  const std::string text = read_text(options.trace);
  EXPECT_LE(text.size(), 4096u);
  EXPECT_EQ(profile.not_kept, 100);
  EXPECT_EQ(static_cast<std::int64_t>(spans_of(text).size()) + profile.not_traced, 500);
  EXPECT_EQ(json::parse(text).back().at("args").at("not_traced"), profile.not_traced);
}

// A full medium: files of this process may have 4096 bytes.
TEST(Trace, ARefusingMediumLeavesTheProfileWhole) {
  const test::TemporaryDirectory folder;
  ProfileOptions options;
  options.trace = folder.path() / "t.json";
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit usual{};
  ::getrlimit(RLIMIT_FSIZE, &usual);
  const rlimit small{4096, usual.rlim_max};
  start_profile(options);
  for (int k = 0; k < 1000; ++k) const profiler::Scope span(Activity::op, "span");
  ::setrlimit(RLIMIT_FSIZE, &small);
  const Profile profile = stop_profile();
  ::setrlimit(RLIMIT_FSIZE, &usual);
  std::signal(SIGXFSZ, before);
  EXPECT_EQ(profile.spans.size(), 1000u);
  ASSERT_TRUE(profile.trace_error);
  EXPECT_EQ(profile.trace_error->code(), Errc::io);
  EXPECT_FALSE(events_of(read_text(options.trace)).empty());
}

}  // namespace
}  // namespace fovea
