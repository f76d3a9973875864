#include <cmath>
#include <cstring>

#include "fovea/npy.h"
#include "run_fovea.h"

namespace fovea::test {
namespace {

TEST(Rows, OneAnInputInTheirOrder) {
  const TemporaryDirectory folder;
  std::vector<std::string> arguments{"classify", "-b", "3", "-j", "2", "--topk=2"};
  for (int i = 0; i < 10; ++i)
    arguments.push_back(i % 4 == 1 ? folder.write("bad" + std::to_string(i), "P6 garbage").native()
                                   : folder.write("good" + std::to_string(i) + ".ppm", picture(i)).native());
  arguments.push_back((folder.path() / "missing.jpg").native());
  const ProgramResult result = fovea(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto rows = json_lines(result.out);
  ASSERT_EQ(rows.size(), 11u);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i]["index"], i);
    EXPECT_EQ(rows[i]["path"], arguments[6 + i]);
    const bool bad = i % 4 == 1 || i == 10;
    ASSERT_EQ(rows[i]["status"], bad ? "error" : "ok") << rows[i];
    if (bad) continue;
    EXPECT_EQ(rows[i]["width"], 40);
    EXPECT_EQ(rows[i]["height"], 36);
    EXPECT_EQ(rows[i]["format"], "pnm");
    ASSERT_EQ(rows[i]["top"].size(), 2u);
    EXPECT_GE(rows[i]["top"][0]["prob"].get<double>(), rows[i]["top"][1]["prob"].get<double>());
  }
  EXPECT_EQ(rows[10]["error_code"], "NOT_FOUND");
}

TEST(Rows, PipesHoldNoEscapeCodesAndNoProgress) {
  const TemporaryDirectory folder;
  for (int i = 0; i < 20; ++i) folder.write(std::to_string(i) + ".ppm", picture(i));
  const ProgramResult result = fovea({"classify", folder.path().native()});
  EXPECT_EQ(result.exit_code, 0);
  for (const std::string* text : {&result.out, &result.err}) {
    EXPECT_EQ(text->find('\x1b'), std::string::npos);
    EXPECT_EQ(text->find('\r'), std::string::npos);
  }
  EXPECT_EQ(json_lines(result.out).size(), 20u);
  EXPECT_NE(result.err.find("20 pictures, 0 failed"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("20 rows are on standard output"), std::string::npos) << result.err;
}

TEST(Rows, OneIsSaidInTheSingular) {
  const TemporaryDirectory folder;
  const ProgramResult result = fovea({"classify", folder.write("a.ppm", picture(1)).native()});
  EXPECT_NE(result.err.find("1 row is on standard output"), std::string::npos) << result.err;
}

TEST(Rows, QuietSaysNothing) {
  const TemporaryDirectory folder;
  const ProgramResult result = fovea({"classify", "-q", folder.write("a.ppm", picture(1)).native(), "missing"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
}

TEST(Rows, OddNamesComeBackExactly) {
  const TemporaryDirectory folder;
  const std::vector<std::string> names{"a b.ppm", "line\nfeed.ppm", "-rf",     "quote\"back\\slash", "[x]",
                                       "%s",      "\u00e9.ppm",     "\x1b[31m"};
  std::vector<std::string> arguments{"classify", "-q", "--"};
  for (const std::string& name : names) {
    folder.write(name, picture(7));
    arguments.push_back(name);
  }
  const ProgramResult result =
      fovea(arguments, {.environment = {}, .folder = folder.path().native(), .out_file = "", .started = {}});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto rows = json_lines(result.out);
  ASSERT_EQ(rows.size(), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(rows[i]["path"], names[i]);
    EXPECT_EQ(rows[i]["status"], "ok");
  }
}

TEST(Rows, BytesThatAreNotUtf8BecomeLoneSurrogates) {
  const TemporaryDirectory folder;
  folder.write("a\xff.ppm", picture(7));
  const ProgramOptions here{.environment = {}, .folder = folder.path().native(), .out_file = "", .started = {}};
  const ProgramResult result = fovea({"classify", "a\xff.ppm", "-o", "rows.jsonl"}, here);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const std::string rows = read_text(folder.path() / "rows.jsonl");
  EXPECT_TRUE(rows.starts_with(R"({"index":0,"path":"a\udcff.ppm","status":"ok",)")) << rows;
  const ProgramResult report = fovea({"report", "rows.jsonl"}, here);
  EXPECT_EQ(report.exit_code, 0) << report.err;
  EXPECT_NE(report.out.find(R"(a\xff.ppm)"), std::string::npos) << report.out;
}

TEST(Rows, CsvHasItsHeaderAndAsManyFieldsInEachLine) {
  const TemporaryDirectory folder;
  const std::string good = folder.write("good.ppm", picture(3)).native(), bad = folder.write("bad", "").native();
  const ProgramResult result = fovea({"classify", "-q", "--format=csv", "--topk", "2", good, bad});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(
      lines[0],
      "index,path,status,width,height,format,class_1,label_1,prob_1,class_2,label_2,prob_2,error_code,error_message\r");
  EXPECT_TRUE(lines[1].starts_with("0," + good + ",ok,40,36,pnm,")) << lines[1];
  EXPECT_TRUE(lines[2].starts_with("1," + bad + ",error,,,,,,,,,,EMPTY,")) << lines[2];
}

TEST(Rows, TheSameBytesForAnyBatchAndWorkers) {
  const TemporaryDirectory folder;
  for (int i = 0; i < 9; ++i) folder.write(std::to_string(i) + ".ppm", picture(i, 50, 41));
  const std::string input = folder.path().native();
  const ProgramResult reference = fovea({"classify", "-q", input, "-b", "1", "-j", "1"});
  EXPECT_EQ(reference.exit_code, 0) << reference.err;
  EXPECT_EQ(reference.out, fovea({"classify", "-q", input, "-b", "4", "-j", "2"}).out);
  EXPECT_EQ(reference.out, fovea({"classify", "-q", input}).out);
}

TEST(Rows, SavedLogitsAgreeWithTheTopClasses) {
  const TemporaryDirectory folder;
  const std::string logits_file = (folder.path() / "logits.npy").native();
  std::vector<std::string> arguments{"classify", "-q", "--topk", "3", "--save-logits", logits_file};
  for (int i = 0; i < 5; ++i) arguments.push_back(folder.write(std::to_string(i), i == 2 ? "?" : picture(i)).native());
  const ProgramResult result = fovea(arguments);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto rows = json_lines(result.out);
  const Array logits = load_npy(logits_file).value();
  ASSERT_EQ(rows.size(), 5u);
  ASSERT_EQ(logits.ndim(), 2);
  ASSERT_EQ(logits.shape()[0], 5);
  for (std::int64_t i = 0; i < 5; ++i) {
    const auto row = logits[i].span<float>();
    if (i == 2) {
      for (const float value : row) EXPECT_TRUE(std::isnan(value));
      continue;
    }
    double sum = 0;
    for (const float value : row) sum += std::exp(static_cast<double>(value));
    for (const auto& guess : rows[static_cast<std::size_t>(i)]["top"]) {
      const double logit = row[guess["class"].get<std::size_t>()];
      EXPECT_NEAR(guess["prob"].get<double>(), std::exp(logit) / sum, 1e-5);
    }
    const auto best = std::max_element(row.begin(), row.end()) - row.begin();
    EXPECT_EQ(rows[static_cast<std::size_t>(i)]["top"][0]["class"], best);
  }
}

}  // namespace
}  // namespace fovea::test
