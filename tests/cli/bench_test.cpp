#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstdlib>

#include "run_fovea.h"

namespace fovea::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

ProgramOptions with_python(const std::string& path) {
  ProgramOptions options;
  options.environment = {{"FOVEA_PYTHON", path}};
  return options;
}

std::string script(const TemporaryDirectory& folder, const std::string& text) {
  const std::string path = folder.write("python", "#!/bin/sh\n" + text).native();
  EXPECT_EQ(::chmod(path.c_str(), 0700), 0);
  return path;
}

void expect_row(const json& row) {
  for (const char* key : {"subject", "case", "dtype", "device", "variant"}) EXPECT_TRUE(row.at(key).is_string()) << key;
  for (const char* key : {"median_ms", "min_ms", "max_ms"}) {
    EXPECT_TRUE(row.at(key).is_number()) << key;
    EXPECT_GT(row.at(key).get<double>(), 0) << key;
  }
  EXPECT_LE(row["min_ms"], row["median_ms"]);
  EXPECT_LE(row["median_ms"], row["max_ms"]);
  EXPECT_TRUE(row.at("threads").is_number_integer());
  EXPECT_TRUE(row.at("peers").is_object());
  for (const char* key : {"rate", "limit", "share", "unit"}) EXPECT_TRUE(row.contains(key)) << key;
  if (!row["limit"].is_null()) {
    EXPECT_NEAR(row["share"].get<double>(), row["rate"].get<double>() / row["limit"].get<double>(),
                1e-3 * row["share"].get<double>());
  }
}

TEST(Bench, PrintsOneJsonObjectACase) {
  const ProgramResult result = fovea(
      {"bench", "reduce", "--json", "--size", "1000,2e3", "--type", "f32,f64", "--rounds", "1", "--threads", "1"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto rows = json_lines(result.out);
  ASSERT_EQ(rows.size(), 4u * 5u);
  for (const json& row : rows) {
    expect_row(row);
    EXPECT_EQ(row["subject"], "reduce");
    EXPECT_EQ(row["device"], "cpu");
    EXPECT_EQ(row["variant"], "auto");
    EXPECT_EQ(row["threads"], 1);
    EXPECT_EQ(row["unit"], "GB/s");
    EXPECT_TRUE(row["peers"].empty());
  }
  EXPECT_EQ(rows[0]["case"], "sum(sqrt(x)+x**2) 1000");
  EXPECT_EQ(rows[0]["dtype"], "f32");
  EXPECT_EQ(rows.back()["case"], "max 2000");
  EXPECT_EQ(rows.back()["dtype"], "f64");
}

TEST(Bench, TheRateIsTheWorkInTheMedianTime) {
  const ProgramResult result =
      fovea({"bench", "elementwise", "--json", "--size", "1000", "--type", "f64", "--rounds", "1", "--loop"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto rows = json_lines(result.out);
  ASSERT_EQ(rows.size(), 1u);
  expect_row(rows[0]);
  const double bytes = 3 * 8 * 1000;
  EXPECT_NEAR(rows[0]["rate"].get<double>(), bytes / 1e6 / rows[0]["median_ms"].get<double>(),
              1e-3 * rows[0]["rate"].get<double>());
  EXPECT_GT(rows[0]["loops"]["C++ loop"].get<double>(), 0);
}

TEST(Bench, TheRuntimeHasItsSubjects) {
  struct Expected {
    const char* subject;
    std::vector<std::string> size, cases;
  };
  for (const Expected& e :
       std::vector<Expected>{{"transfer", {"65536"}, {"host to host 64 KiB"}},
                             {"launch",
                              {},
                              {"empty parallel job", "call on a stream and synchronize", "1000 calls on a stream",
                               "event recorded and waited for"}},
                             {"graph", {}, {"100 copies of 4 KiB, one by one", "100 copies of 4 KiB, a graph"}},
                             {"pool", {"1048576"}, {"malloc 1 MiB", "host_memory 1 MiB", "PoolMemory 1 MiB"}},
                             {"streams", {"30x40"}, {"8 chunks 30x40, one stream", "8 chunks 30x40, three streams"}}}) {
    std::vector<std::string> arguments{"bench", e.subject, "--json", "--rounds", "1"};
    if (!e.size.empty()) arguments.insert(arguments.end(), {"--size", e.size[0]});
    const ProgramResult result = fovea(arguments);
    EXPECT_EQ(result.exit_code, 0) << e.subject << result.err;
    std::vector<std::string> cases;
    for (const json& row : json_lines(result.out)) {
      expect_row(row);
      EXPECT_EQ(row["subject"], e.subject);
      cases.push_back(row["case"]);
    }
    EXPECT_EQ(cases, e.cases);
  }
}

TEST(Bench, ADeviceThatIsNotThereIsRefused) {
  if (::getenv("FOVEA_CUDA_DRIVER") != nullptr) GTEST_SKIP() << "there may be a CUDA device";
  const ProgramResult result = fovea({"bench", "matmul", "--device", "cpu,cuda:900"});
  EXPECT_EQ(result.exit_code, 69);
  expect_error_line(result, "DEVICE", "bench: --device cuda:900: ");
  const ProgramResult unknown = fovea({"bench", "matmul", "--device", "cpu,tpu"});
  EXPECT_EQ(unknown.exit_code, 2);
  expect_error_line(unknown, "INVALID_ARGUMENT", "tpu");
}

TEST(Bench, PrintsATableForPeople) {
  const ProgramResult result = fovea({"bench", "resize", "--size", "16x24x3", "--type", "u8", "--rounds", "1"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr(", fovea "));
  EXPECT_THAT(result.out, HasSubstr(" threads, "));
  EXPECT_THAT(result.out, HasSubstr("\nresize: "));
  EXPECT_THAT(result.out, HasSubstr("\nCASE "));
  EXPECT_THAT(result.out, testing::ContainsRegex("\nlanczos 16x24x3 to 4x6 +u8 .* GB/s "));
  EXPECT_EQ(result.err, "");
}

TEST(Bench, LaunchHasTimesAlone) {
  const ProgramResult result = fovea({"bench", "launch", "--json", "--rounds", "1"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto rows = json_lines(result.out);
  ASSERT_EQ(rows.size(), 4u);
  for (const json& row : rows) {
    expect_row(row);
    for (const char* key : {"rate", "limit", "share", "unit"}) EXPECT_TRUE(row[key].is_null()) << key;
  }
}

TEST(Bench, AVariantIsNamed) {
  const ProgramResult result =
      fovea({"bench", "resize", "--json", "--size", "16x16", "--type", "u8", "--rounds", "1", "--variant", "portable"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  for (const json& row : json_lines(result.out)) EXPECT_EQ(row["variant"], "portable");
}

TEST(Bench, ACaseThatCannotRunIsSaidAndTheOthersRun) {
  const ProgramResult result =
      fovea({"bench", "resize", "launch", "--json", "--size", "16x16", "--type", "c128,u8", "--rounds", "1"});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("left out"));
  EXPECT_TRUE(lines_of(result.err).back().starts_with("fovea: error[")) << result.err;
  EXPECT_EQ(json_lines(result.out).size(), 3u + 4u);
}

TEST(BenchPeers, WithoutPythonThereAreNone) {
  ProgramOptions options;
  options.environment = {{"FOVEA_PYTHON", ""}, {"PATH", "/nonexistent"}};
  const ProgramResult result =
      fovea({"bench", "elementwise", "--json", "--size", "100", "--type", "f64", "--rounds", "1", "--peers"}, options);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("peers: none: python3: No such file"));
  EXPECT_EQ(lines_of(result.err).size(), 1u);
  EXPECT_EQ(json_lines(result.out).size(), 1u);
}

struct FakePeer {
  const char *text, *said;
};
class FakePeers : public testing::TestWithParam<FakePeer> {};

TEST_P(FakePeers, ThatFailAreReportedAndOursGoOn) {
  const TemporaryDirectory folder;
  const std::string python = script(folder, GetParam().text);
  const ProgramResult result =
      fovea({"bench", "elementwise", "--json", "--size", "100,200", "--type", "f64", "--rounds", "1", "--peers"},
            with_python(python));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr(GetParam().said));
  const auto rows = json_lines(result.out);
  EXPECT_EQ(rows.size(), 2u);
  for (const json& row : rows) {
    expect_row(row);
    EXPECT_TRUE(row["peers"].empty());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, FakePeers,
    testing::Values(FakePeer{"exit 3\n", "ended with status 3"}, FakePeer{"kill -9 $$\n", "ended by signal 9"},
                    FakePeer{"echo no JSON\ncat > /dev/null\n", "said something else"},
                    FakePeer{"echo '[1]'\ncat > /dev/null\n", "said something else"},
                    FakePeer{"head -c 100000 /dev/zero\ncat > /dev/null\n", "gave no answer"},
                    FakePeer{"echo '{\"have\":{}}'\nread line\nexit 4\n", "ended with status 4"},
                    FakePeer{
                        "echo '{\"have\":7,\"absent\":{}}'\nread line\necho '{\"ready\":[\"a\"]}'\nread line\nexit 5\n",
                        "a: "},
                    FakePeer{"echo '{}'\nwhile read line; do echo '{\"error\":\"too bad\"}'; done\n", "too bad"},
                    FakePeer{"echo '{}'\nwhile read line; do echo '{\"ready\":[\"a\",3],\"ms\":\"soon\"}'; done\n",
                             "answered without a time"}));

TEST(BenchPeers, TimesOfAPeerAreShownBesideOurs) {
  const TemporaryDirectory folder;
  const std::string python = script(folder,
                                    "test -z \"$OPENBLAS_CORETYPE\" && test \"$OMP_NUM_THREADS\" = 1 || exit 9\n"
                                    "echo '{\"python\":\"9.9\",\"have\":{\"numpy\":\"1\"},\"absent\":[\"torch\"]}'\n"
                                    "while read line; do case $line in *prepare*) echo '{\"ready\":[\"quick\"]}';; *) "
                                    "echo '{\"ms\":1234.5}';; esac; done\n");
  ProgramOptions options = with_python(python);
  options.environment.emplace_back("OPENBLAS_CORETYPE", "Haswell");
  const std::vector<std::string> arguments{"bench",    "elementwise", "--size", "100", "--type", "f64",
                                           "--rounds", "1",           "-j",     "1",   "--peers"};
  std::vector<std::string> as_json = arguments;
  as_json.emplace_back("--json");
  ProgramResult result = fovea(as_json, options);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("OPENBLAS_CORETYPE=Haswell is kept from them"));
  EXPECT_THAT(result.err, HasSubstr("Python 9.9, numpy 1; not installed: torch"));
  ASSERT_EQ(json_lines(result.out).size(), 1u);
  EXPECT_EQ(json_lines(result.out)[0]["peers"], (json{{"quick", 1234.5}}));
  result = fovea(arguments, options);
  EXPECT_THAT(result.out, testing::ContainsRegex("  quick  +1234 .*x\n"));
}

class BenchUsage : public testing::TestWithParam<std::pair<std::vector<std::string>, std::string>> {};

TEST_P(BenchUsage, IsRefusedWithStatus2) {
  std::vector<std::string> arguments = GetParam().first;
  arguments.insert(arguments.begin(), "bench");
  const ProgramResult result = fovea(arguments);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  expect_error_line(result, "INVALID_ARGUMENT", GetParam().second);
}

INSTANTIATE_TEST_SUITE_P(
    Table, BenchUsage,
    testing::Values(std::pair{std::vector<std::string>{}, "expected SUBJECT..."},
                    std::pair{std::vector<std::string>{"nothing"}, "expected one of filter, reduce"},
                    std::pair{std::vector<std::string>{"reduce", "--size", "0"}, "--size"},
                    std::pair{std::vector<std::string>{"reduce", "--size", "-5"}, "--size"},
                    std::pair{std::vector<std::string>{"reduce", "--size", ""}, "--size"},
                    std::pair{std::vector<std::string>{"reduce", "--size", "10x"}, "--size"},
                    std::pair{std::vector<std::string>{"reduce", "--size", "1e13"}, "--size"},
                    std::pair{std::vector<std::string>{"reduce", "--size", "1e40"},
                              "expected at most 2^40, got '1e40'"},
                    std::pair{std::vector<std::string>{"reduce", "--size", "9e99999999999"}, "--size"},
                    std::pair{std::vector<std::string>{"reduce", "--size", "99999999999x99999999999"}, "--size"},
                    std::pair{std::vector<std::string>{"reduce", "--size", "1x1x1x1x1"}, "at most four"},
                    std::pair{std::vector<std::string>{"reduce", "--type", "f31"}, "--type"},
                    std::pair{std::vector<std::string>{"reduce", "--type", "f32,"}, "--type"},
                    std::pair{std::vector<std::string>{"reduce", "--rounds", "0"}, "--rounds"},
                    std::pair{std::vector<std::string>{"reduce", "--threads", "0"}, "--threads"},
                    std::pair{std::vector<std::string>{"reduce", "--device", "tpu"}, "--device"},
                    std::pair{std::vector<std::string>{"reduce", "--variant", "magic"}, "--variant"},
                    std::pair{std::vector<std::string>{"reduce", "--peer"}, "'--peer'"}));

}  // namespace
}  // namespace fovea::test
