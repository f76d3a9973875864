#include <gmock/gmock.h>
#include <sys/stat.h>

#include <array>
#include <cmath>
#include <cstring>

#include "run_fovea.h"
#include "support/test_data.h"

namespace fovea::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class BenchPictures : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"rgb_420.jpg", "progressive.jpg", "p6.ppm"})
      folder_.write(std::string("in/") + name, read_text(test_data(std::string("codec/") + name)));
  }

  std::string pictures() const { return (folder_.path() / "in").native(); }
  std::size_t bytes_of(const char* name) const { return read_text(folder_.path() / "in" / name).size(); }

  std::vector<json> rows_of(std::vector<std::string> arguments, const ProgramOptions& options = {}) {
    arguments.insert(arguments.begin(), "bench");
    arguments.insert(arguments.end(), {"--json", "--rounds", "1"});
    result_ = fovea(arguments, options);
    EXPECT_EQ(result_.exit_code, 0) << result_.err;
    return json_lines(result_.out);
  }

  // A Python that says what there is, and answers each line that contains a word by a text.
  ProgramOptions python(const std::string& ready, const std::string& answer) const {
    const std::string path = folder_
                                 .write("python",
                                        "#!/bin/sh\necho '{\"python\":\"9\",\"have\":{}}'\n"
                                        "while read -r line; do case $line in\n*'\"prepare\":'*) echo '" +
                                            ready + "';;\n*) echo '" + answer + "';;\nesac; done\n")
                                 .native();
    EXPECT_EQ(::chmod(path.c_str(), 0700), 0);
    ProgramOptions options;
    options.environment = {{"FOVEA_PYTHON", path}};
    return options;
  }

  TemporaryDirectory folder_;
  ProgramResult result_;
};

std::vector<std::string> cases_of(const std::vector<json>& rows) {
  std::vector<std::string> names;
  for (const json& row : rows) names.push_back(row["case"]);
  return names;
}

void expect_images_a_second(const json& row, double images) {
  EXPECT_EQ(row["unit"], "images/s");
  EXPECT_NEAR(row["rate"].get<double>() * row["median_ms"].get<double>() / 1e3, images, 1e-3 * images) << row;
}

TEST_F(BenchPictures, DecodeTellsKindsAndScalesApart) {
  const auto rows = rows_of({"decode", "--pictures", pictures()});
  EXPECT_EQ(cases_of(rows),
            (std::vector<std::string>{"in, 1 baseline, 1/1", "in, 1 baseline, 1/2", "in, 1 baseline, 1/4",
                                      "in, 1 baseline, 1/8", "in, 1 pnm, 1/1", "in, 1 progressive, 1/1",
                                      "in, 1 progressive, 1/2", "in, 1 progressive, 1/4", "in, 1 progressive, 1/8"}));
  for (const json& row : rows) {
    expect_images_a_second(row, 1);
    EXPECT_EQ(row["threads"], 1);
    EXPECT_TRUE(row["limit"].is_null());
    const bool jpeg = row["case"] != "in, 1 pnm, 1/1";
    EXPECT_EQ(row.contains("beside"), jpeg);
    EXPECT_EQ(row.value("/beside/libjpeg-turbo"_json_pointer, 0.0) > 0, jpeg);
  }
  const double bytes = rows[0]["encoded_mb_per_s"].get<double>() * rows[0]["median_ms"].get<double>() * 1e3;
  EXPECT_NEAR(bytes, static_cast<double>(bytes_of("rgb_420.jpg")), 1e-3 * bytes);
}

TEST_F(BenchPictures, PrepareTimesPixelsAndFiles) {
  auto rows = rows_of({"prepare", "--size", "8x12,30"});
  EXPECT_EQ(cases_of(rows), (std::vector<std::string>{"pixels 8x12x3", "pixels 30x30x3"}));
  for (const json& row : rows) {
    expect_images_a_second(row, 1);
    EXPECT_EQ(row["threads"], 1);
    EXPECT_GT(row["beside"]["portable"].get<double>(), 0);
    EXPECT_GT(row["limit"].get<double>(), 0);
  }
  rows = rows_of({"prepare", "--pictures", pictures(), "--decode", "exact,fast", "-j", "1"});
  EXPECT_EQ(cases_of(rows), (std::vector<std::string>{"in, 3 files, exact", "in, 3 files, fast"}));
  for (const json& row : rows) expect_images_a_second(row, 3);
}

TEST_F(BenchPictures, NetworkHasLatenciesOfOnePicture) {
  const auto rows = rows_of({"network", "--batch", "1,3", "-j", "1"});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_THAT(rows[0]["case"].get<std::string>(), testing::EndsWith(", batch 1"));
  EXPECT_GE(rows[0]["p99_ms"], rows[0]["median_ms"]);
  EXPECT_FALSE(rows[1].contains("p99_ms"));
  expect_images_a_second(rows[0], 1);
  expect_images_a_second(rows[1], 3);
  for (const json& row : rows) EXPECT_GT(row["limit"].get<double>(), 0);
}

TEST_F(BenchPictures, NetworksRunInEachPrecision) {
  auto rows = rows_of({"network", "--batch", "2", "-j", "1", "--variant", "portable", "--precision", "bf16,f32,int8"});
  ASSERT_EQ(rows.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(rows[i]["dtype"], (std::vector<std::string>{"bf16", "f32", "i8"}[i]));
    expect_images_a_second(rows[i], 2);
  }
  rows = rows_of({"endtoend", "--pictures", pictures(), "-j", "1", "--variant", "portable", "--precision", "int8"});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0]["dtype"], "i8");
  expect_images_a_second(rows[0], 3);
}

TEST_F(BenchPictures, PeersGetThePrecisionAndThePictures) {
  // The peer keeps what it was asked, and the file that this names.
  const std::string path =
      folder_
          .write("python",
                 "#!/bin/sh\necho '{\"have\":{}}'\nwhile read -r line; do case $line in\n"
                 "*'\"prepare\":'*) echo \"$line\" > \"$KEPT/asked\"\n"
                 "cat \"$(echo \"$line\" | sed 's/.*\"file\":\"//; s/\".*//')\" > \"$KEPT/pictures\"\n"
                 "echo '{\"ready\":[]}';;\n*) exit 1;;\nesac; done\n")
          .native();
  ASSERT_EQ(::chmod(path.c_str(), 0700), 0);
  ProgramOptions options;
  options.environment = {{"FOVEA_PYTHON", path}, {"KEPT", folder_.path().native()}};
  const auto ask = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"network", "--batch", "2", "-j", "1", "--peers", "--precision", "f32"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_EQ(rows_of(arguments, options).size(), 1u);
    return json::parse(read_text(folder_.path() / "asked"))["prepare"];
  };
  json asked = ask({});
  EXPECT_EQ(asked["precision"], "f32");
  EXPECT_EQ(asked["pictures"]["shape"], (json{8, 3, 32, 32}));
  const std::string bytes = read_text(folder_.path() / "pictures");
  ASSERT_EQ(bytes.size(), 8u * 3 * 32 * 32 * 4);
  std::vector<float> values(bytes.size() / 4);
  std::memcpy(values.data(), bytes.data(), bytes.size());
  const std::array<double, 3> mean{0.4914, 0.4822, 0.4465}, std{0.247, 0.2435, 0.2616};  // of the embedded model
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t c = i / (32 * 32) % 3;
    const double byte = 255 * (values[i] * std[c] + mean[c]);
    ASSERT_NEAR(byte, std::round(byte), 1e-3) << i;
    ASSERT_TRUE(byte > -0.5 && byte < 255.5) << i;
  }
  asked = ask({"--pictures", pictures()});
  EXPECT_EQ(asked["pictures"]["shape"], (json{3, 3, 32, 32}));
  EXPECT_EQ(read_text(folder_.path() / "pictures").size(), 3u * 3 * 32 * 32 * 4);
}

TEST_F(BenchPictures, EndToEndHasALimitAndAPeakOfMemory) {
  const auto rows = rows_of({"endtoend", "--pictures", pictures(), "-j", "1"});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_THAT(rows[0]["case"].get<std::string>(), testing::StartsWith("in, 3 files, exact, "));
  expect_images_a_second(rows[0], 3);
  EXPECT_GT(rows[0]["peak_mb"].get<double>(), 1);
  EXPECT_NEAR(rows[0]["share"].get<double>(), rows[0]["rate"].get<double>() / rows[0]["limit"].get<double>(), 1e-2);
}

TEST_F(BenchPictures, SeveralThreadCountsAreEachMeasured) {
  const auto rows = rows_of({"network", "--batch", "2", "-j", "1,1"});
  EXPECT_EQ(rows.size(), 2u);
  for (const json& row : rows) EXPECT_EQ(row["threads"], 1);
}

TEST_F(BenchPictures, PeersGiveSingleCallsAndRemarks) {
  const auto rows = rows_of({"network", "--batch", "1", "-j", "1", "--peers"},
                            python(R"({"ready":["net"],"remarks":["torch: missing"]})", R"({"ms":[3,1,2]})"));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0]["peers"], (json{{"net", 2.0}}));
  EXPECT_EQ(rows[0]["peers_p99_ms"], (json{{"net", 3.0}}));
  EXPECT_THAT(result_.err, HasSubstr("peers: torch: missing"));
}

TEST_F(BenchPictures, PeersGiveTheirPeakOfMemory) {
  const auto rows = rows_of({"endtoend", "--pictures", pictures(), "-j", "1", "--peers"},
                            python(R"({"ready":["loader"]})", R"({"ms":5,"peak_mb":7})"));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0]["peers"], (json{{"loader", 5.0}}));
  EXPECT_EQ(rows[0]["peers_peak_mb"], (json{{"loader", 7.0}}));
}

TEST_F(BenchPictures, PeersThatAnswerWithoutTimesAreLeftOut) {
  for (const char* answer : {R"({"ms":[]})", R"({"ms":[1,"soon"]})", R"({"ms":{}})", "{}"}) {
    const auto rows =
        rows_of({"network", "--batch", "1", "-j", "1", "--peers"}, python(R"({"ready":["net"]})", answer));
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_TRUE(rows[0]["peers"].empty()) << answer;
    EXPECT_THAT(result_.err, HasSubstr("answered without a time"));
  }
}

struct Refused {
  std::vector<std::string> arguments;
  const char *code, *part;
};
class BenchPicturesRefused : public testing::TestWithParam<Refused> {};

TEST_P(BenchPicturesRefused, WithOneLine) {
  const TemporaryDirectory folder;
  folder.write("empty/.hidden", "");
  folder.write("garbage.jpg", "neither fish nor flesh");
  const std::string whole = read_text(test_data("codec/rgb_420.jpg"));
  folder.write("cut.jpg", whole.substr(0, whole.size() * 3 / 4));  // in the scan: its header is in order
  std::vector<std::string> arguments{"bench"};
  for (std::string word : GetParam().arguments) {
    if (const auto at = word.find("@/"); at != word.npos) word.replace(at, 1, folder.path().native());
    arguments.push_back(word);
  }
  const ProgramResult result = fovea(arguments);
  EXPECT_NE(result.exit_code, 0);
  expect_error_line(result, GetParam().code, GetParam().part);
}

INSTANTIATE_TEST_SUITE_P(
    Table, BenchPicturesRefused,
    testing::Values(Refused{{"decode"}, "INVALID_ARGUMENT", "expected --pictures"},
                    Refused{{"endtoend"}, "INVALID_ARGUMENT", "expected --pictures"},
                    Refused{{"decode", "--pictures", "@/none"}, "NOT_FOUND", "none"},
                    Refused{{"decode", "--pictures", "@/empty"}, "NOTHING_TO_DO", "found none"},
                    Refused{{"decode", "--pictures", "@/garbage.jpg"}, "UNKNOWN_FORMAT", "garbage.jpg"},
                    Refused{{"decode", "--pictures", "@/cut.jpg", "--rounds", "1"}, "TRUNCATED", "cut.jpg"},
                    Refused{{"prepare", "--pictures", "@/cut.jpg", "--rounds", "1"}, "TRUNCATED", ""},
                    Refused{{"endtoend", "--pictures", "@/cut.jpg", "--rounds", "1"}, "TRUNCATED", "cut.jpg"},
                    Refused{{"prepare", "--size", "8x8x4"}, "INVALID_ARGUMENT", "3 channels"},
                    Refused{{"prepare", "--decode", "slow"}, "INVALID_ARGUMENT", "expected one of exact, fast, draft"},
                    Refused{
                        {"prepare", "--decode", "exact,"}, "INVALID_ARGUMENT", "expected one of exact, fast, draft"},
                    Refused{{"network", "--batch", "0"}, "INVALID_ARGUMENT", "--batch"},
                    Refused{{"network", "--batch", "1,"}, "INVALID_ARGUMENT", "--batch"},
                    Refused{{"network", "--model", ""}, "INVALID_ARGUMENT", "--model"},
                    Refused{{"network", "--model", "@/none.pth"}, "NOT_FOUND", "none.pth"},
                    Refused{{"network", "--threads", "1,0"}, "INVALID_ARGUMENT", "--threads"},
                    Refused{{"network", "--precision", "f16"}, "INVALID_ARGUMENT", "expected one of f32, bf16, int8"},
                    Refused{{"network", "--precision", "bf16,"}, "INVALID_ARGUMENT", "--precision"},
                    Refused{{"network", "--pictures", "@/empty"}, "NOTHING_TO_DO", "found none"},
                    Refused{{"network", "--pictures", "@/garbage.jpg"}, "UNKNOWN_FORMAT", "garbage.jpg"}));

}  // namespace
}  // namespace fovea::test
