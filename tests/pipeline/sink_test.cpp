#include "fovea/sink.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "fovea/npy.h"
#include "support/expect_error.h"
#include "support/read_text.h"
#include "support/temporary_directory.h"

namespace fovea::test {
namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

Row good(std::int64_t index, std::string path) {
  Row row;
  row.index = index;
  row.path = std::move(path);
  row.width = 640;
  row.height = 480;
  row.format = "jpeg";
  row.top = {{3, "cat, tabby", 0.1f}, {12, "", 1e-7f}};
  row.values = {1.5f, -2.0f};
  return row;
}

Row bad(std::int64_t index, std::string path) {
  Row row;
  row.index = index;
  row.path = std::move(path);
  row.error = Error(Errc::truncated, "jpeg: expected \"more\", got 3 bytes");
  return row;
}

class Sink : public testing::Test {
 protected:
  std::string written(std::unique_ptr<RowSink> sink, const std::vector<Row>& rows) {
    for (const Row& row : rows) sink->write(row);
    sink->finish();
    return read_text(file_);
  }
  TemporaryDirectory folder_;
  std::filesystem::path file_ = folder_.path() / "rows";
};

TEST_F(Sink, JsonlHasItsKeysInOrder) {
  EXPECT_EQ(written(jsonl_sink(file_, {{}, 5}), {good(0, "a b.jpg"), bad(1, "c\n\"d\".png")}),
            R"({"index":0,"path":"a b.jpg","status":"ok","width":640,"height":480,"format":"jpeg","top":[)"
            R"({"class":3,"label":"cat, tabby","prob":0.1},{"class":12,"label":"","prob":1e-07}]})"
            "\n"
            R"({"index":1,"path":"c\n\"d\".png","status":"error","error_code":"TRUNCATED",)"
            R"("error_message":"jpeg: expected \"more\", got 3 bytes"})"
            "\n");
}

TEST_F(Sink, JsonlWithoutPredictionsStaysAnObject) {
  Row row = good(4, "x");
  row.top.clear();
  const auto json = nlohmann::json::parse(written(jsonl_sink(file_, {{}, 5}), {row}));
  EXPECT_TRUE(json["top"].is_array());
  EXPECT_TRUE(json["top"].empty());
}

TEST_F(Sink, ProbabilitiesComeBackBitForBit) {
  Row row = good(0, "x");
  row.top.clear();
  float value = 1.0f;
  for (int i = 0; i < 200; ++i, value *= 0.7383f) row.top.push_back({i, "", value});
  const auto json = nlohmann::json::parse(written(jsonl_sink(file_, {{}, 5}), {row}));
  for (std::size_t i = 0; i < row.top.size(); ++i)
    EXPECT_EQ(json["top"][i]["prob"].get<float>(), row.top[i].probability) << i;
}

TEST_F(Sink, BytesThatAreNotUtf8BecomeLoneSurrogates) {
  const std::string text = written(jsonl_sink(file_, {{}, 5}), {good(0, "\xff\xc3\xa9\xed\xa0\x80")});
  EXPECT_NE(text.find("\"path\":\"\\udcff\xc3\xa9\\udced\\udca0\\udc80\""), std::string::npos) << text;
}

TEST_F(Sink, NotANumberIsNeverPrinted) {
  Row row = good(0, "x");
  row.top[0].probability = not_a_number;
  row.top[1].probability = std::numeric_limits<float>::infinity();
  const std::string json = written(jsonl_sink(file_, {{}, 5}), {row});
  EXPECT_TRUE(nlohmann::json::parse(json)["top"][0]["prob"].is_null());
  EXPECT_EQ(json.find("nan"), std::string::npos);
  EXPECT_EQ(json.find("inf"), std::string::npos);
  const std::string csv = written(csv_sink(file_, {{}, 2}), {row});
  EXPECT_NE(csv.find("0,x,ok,640,480,jpeg,3,\"cat, tabby\",,12,,,,\r\n"), std::string::npos) << csv;
}

TEST_F(Sink, CsvQuotesWhatItMust) {
  EXPECT_EQ(
      written(csv_sink(file_, {{}, 3}), {good(0, "a,b"), good(1, "line\nfeed"), bad(2, "say \"hi\"")}),
      "index,path,status,width,height,format,class_1,label_1,prob_1,class_2,label_2,prob_2,class_3,label_3,prob_3,"
      "error_code,error_message\r\n"
      "0,\"a,b\",ok,640,480,jpeg,3,\"cat, tabby\",0.1,12,,1e-07,,,,,\r\n"
      "1,\"line\nfeed\",ok,640,480,jpeg,3,\"cat, tabby\",0.1,12,,1e-07,,,,,\r\n"
      "2,\"say \"\"hi\"\"\",error,,,,,,,,,,,,,TRUNCATED,\"jpeg: expected \"\"more\"\", got 3 bytes\"\r\n");
}

TEST_F(Sink, CsvWithoutRowsIsItsHeader) {
  EXPECT_EQ(written(csv_sink(file_, {{}, 0}), {}),
            "index,path,status,width,height,format,error_code,error_message\r\n");
}

TEST_F(Sink, CsvDropsClassesBeyondItsColumns) {
  EXPECT_NE(written(csv_sink(file_, {{}, 1}), {good(0, "x")}).find("0,x,ok,640,480,jpeg,3,\"cat, tabby\",0.1,,\r\n"),
            std::string::npos);
}

TEST_F(Sink, RowsReachTheFileWithoutFinish) {
  const auto sink = jsonl_sink(file_, {{}, 5});
  sink->write(good(0, "x"));
  for (int i = 0; i < 500 && read_text(file_).empty(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const std::string text = read_text(file_);
  EXPECT_TRUE(text.ends_with("}\n")) << text;
}

TEST_F(Sink, DestructionHandsOverWholeRows) {
  jsonl_sink(file_, {{}, 5})->write(good(0, "x"));
  EXPECT_TRUE(read_text(file_).ends_with("}\n"));
}

TEST_F(Sink, ManyRowsArriveOnceAndInOrder) {
  std::vector<Row> rows;
  for (int i = 0; i < 20'000; ++i) rows.push_back(i % 3 == 0 ? bad(i, "b") : good(i, "g"));
  std::istringstream lines(written(jsonl_sink(file_, {{}, 5}), rows));
  std::int64_t expected = 0;
  for (std::string line; std::getline(lines, line); ++expected)
    ASSERT_TRUE(line.starts_with("{\"index\":" + std::to_string(expected) + ",")) << line;
  EXPECT_EQ(expected, 20'000);
}

TEST_F(Sink, AFullDiskIsAnErrorOfItsOwn) {
  for (const auto& make : {+[] {
                             return jsonl_sink("/dev/full", {{}, 5});
                           },
                           +[] {
                             return csv_sink("/dev/full", {{}, 2});
                           }})
    expect_error(Errc::io, "No space left on device", [&] {
      const auto sink = make();
      sink->write(good(0, "x"));
      sink->finish();
    });
}

TEST_F(Sink, AFailureIsKeptForEveryLaterCall) {
  const auto sink = jsonl_sink("/dev/full", {{}, 5});
  const auto write_many = [&] {
    for (int i = 0; i < 10'000; ++i) sink->write(good(i, "x"));
  };
  expect_error(Errc::io, "No space left", write_many);
  expect_error(Errc::io, "No space left", [&] { sink->write(good(0, "x")); });
  expect_error(Errc::io, "No space left", [&] { sink->finish(); });
}

TEST_F(Sink, AFileThatCannotBeMadeIsRefused) {
  expect_error(Errc::io, "No such file", [&] { jsonl_sink(folder_.path() / "none" / "rows", {{}, 5}); });
  expect_error(Errc::io, "Is a directory", [&] { csv_sink(folder_.path(), {{}, 1}); });
  expect_error(Errc::invalid_argument, "got -1", [&] { csv_sink(file_, {{}, -1}); });
  expect_error(Errc::invalid_argument, "got 0", [&] { npy_sink(file_, 0); });
}

TEST_F(Sink, LogitsOfFailedInputsAreNotANumber) {
  written(npy_sink(file_, 2), {good(0, "x"), bad(1, "y"), good(2, "z")});
  const Array array = load_npy(file_).value();
  ASSERT_EQ(array.shape(), (Shape{3, 2}));
  const auto values = array.span<float>();
  EXPECT_EQ(values[0], 1.5f);
  EXPECT_EQ(values[5], -2.0f);
  EXPECT_TRUE(std::isnan(values[2]) && std::isnan(values[3]));
}

TEST_F(Sink, LogitsOfAnotherCountAreRefused) {
  const auto sink = npy_sink(file_, 3);
  expect_error(Errc::invalid_argument, "expected 3 values in row 7, got 2", [&] { sink->write(good(7, "x")); });
}

}  // namespace
}  // namespace fovea::test
