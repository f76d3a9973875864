#include "run_fovea.h"

namespace fovea::test {
namespace {

constexpr const char* rows =
    R"({"index":0,"path":"a.jpg","status":"ok","width":4,"height":3,"format":"jpeg","top":[{"class":1,"label":"cat","prob":0.75},{"class":2,"label":"dog","prob":0.2}]})"
    "\n"
    R"({"index":1,"path":"b\udc80\\udcff \ud83d\udc80","status":"ok","width":4,"height":3,"format":"png","top":[{"class":7,"label":"","prob":null}]})"
    "\n"
    R"({"index":2,"path":"c\u001b[31m","status":"error","error_code":"EMPTY","error_message":"expected a picture"})"
    "\n"
    R"({"index":3,"path":"d.jpg","status":"ok","width":4,"height":3,"format":"jpeg","top":[{"class":1,"label":"cat","prob":0.5}]})"
    "\n";

ProgramResult report(const std::string& text, std::vector<std::string> options = {}) {
  const TemporaryDirectory folder;
  std::vector<std::string> arguments{"report", folder.write("rows.jsonl", text).native()};
  arguments.insert(arguments.end(), options.begin(), options.end());
  return fovea(arguments);
}

TEST(Report, ShowsPicturesErrorsAndClasses) {
  const ProgramResult result = report(rows);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            "PICTURE        BEST     PROBABILITY  SECOND\n"
            "a.jpg          cat           0.7500  dog\n"
            "b\\x80\\udcff \U0001F480  class 7\n"
            "c\\x1b[31m      EMPTY                 expected a picture\n"
            "d.jpg          cat           0.5000\n"
            "\n"
            "ERROR  PICTURES\n"
            "EMPTY         1\n"
            "\n"
            "FORMAT  PICTURES\n"
            "jpeg           2\n"
            "png            1\n"
            "\n"
            "CLASS    PICTURES\n"
            "cat             2\n"
            "class 7         1\n"
            "\n"
            "4 pictures, 3 ok, 1 failed\n");
}

TEST(Report, RowsOfOtherVerbsHaveSizesAndFormats) {
  const ProgramResult result =
      report(R"({"index":0,"path":"a.jpg","status":"ok","width":640,"height":3,"format":"jpeg","bytes":9})"
             "\n"
             R"({"index":1,"path":"b.txt","status":"ok","width":0,"height":0,"format":"","bytes":2,"file":"1.bin"})"
             "\n"
             R"({"index":2,"path":"c.jpg","status":"error","error_code":"EMPTY","error_message":"expected a picture"})"
             "\n");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            "PICTURE  SIZE   FORMAT\n"
            "a.jpg    640x3  jpeg\n"
            "b.txt\n"
            "c.jpg    EMPTY  expected a picture\n"
            "\n"
            "ERROR  PICTURES\n"
            "EMPTY         1\n"
            "\n"
            "FORMAT  PICTURES\n"
            "jpeg           1\n"
            "\n"
            "3 pictures, 2 ok, 1 failed\n");
}

TEST(Report, OnePictureIsNotSeveral) {
  const ProgramResult result =
      report(R"({"index":0,"path":"a","status":"error","error_code":"EMPTY","error_message":""})"
             "\n");
  EXPECT_NE(result.out.find("\n1 picture, 0 ok, 1 failed\n"), std::string::npos) << result.out;
}

TEST(Report, RowsLimitTheTableOnly) {
  const ProgramResult result = report(rows, {"--rows", "1"});
  EXPECT_NE(result.out.find("... and 3 more\n"), std::string::npos) << result.out;
  EXPECT_EQ(result.out.find("d.jpg"), std::string::npos);
  EXPECT_NE(result.out.find("4 pictures, 3 ok, 1 failed"), std::string::npos);
}

TEST(Report, AnEmptyFileHasNoPictures) {
  const ProgramResult result = report("");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "\n0 pictures, 0 ok, 0 failed\n");
}

class BadResultFile : public testing::TestWithParam<std::string> {};

TEST_P(BadResultFile, IsCorruptAndNamesTheLine) {
  const ProgramResult result = report(rows + GetParam() + "\n");
  EXPECT_EQ(result.exit_code, 65);
  EXPECT_EQ(result.out, "");
  expect_error_line(result, "CORRUPT", "line 5");
}

INSTANTIATE_TEST_SUITE_P(Table, BadResultFile,
                         testing::Values("index,path,status", "{", "[]", "{}", "null", "\x01", "\"\xff\"",
                                         std::string(200'000, '['),
                                         R"({"index":"1","path":"a","status":"ok","top":[]})",
                                         R"({"index":1,"path":2,"status":"ok","top":[]})",
                                         R"({"index":1,"path":"a","status":"ok"})",
                                         R"({"index":1,"path":"a","status":"ok","width":1,"height":"2"})",
                                         R"({"index":1,"path":"a","status":"ok","width":1,"format":2})",
                                         R"({"index":1,"path":"a","status":"error"})",
                                         R"({"index":1,"path":"a","status":"ok","top":[{"class":1}]})",
                                         R"({"index":1,"path":"a","status":"ok","top":[1]})",
                                         R"({"index":1,"path":"\ud800","status":"ok","top":[]})"));

TEST(Report, AFileThatIsNotThereIsNamed) {
  const ProgramResult result = fovea({"report", "/nonexistent/rows.jsonl"});
  EXPECT_EQ(result.exit_code, 65);
  expect_error_line(result, "NOT_FOUND", "/nonexistent/rows.jsonl");
}

TEST(Report, AFolderIsRefused) {
  const ProgramResult result = fovea({"report", "/"});
  EXPECT_EQ(result.exit_code, 65);
  expect_error_line(result, "NOT_A_FILE");
}

TEST(ModelVerb, ShowsTheEmbeddedModel) {
  const ProgramResult result = fovea({"model", "show", "mini"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  for (const char* part : {"architecture   cifar-resnet", "classes        10", "labels         10",
                           "features       96 of avgpool; ", "multiply-adds", "LAYER"})
    EXPECT_NE(result.out.find(part), std::string::npos) << part;
}

TEST(ModelVerb, ListsMini) {
  const ProgramResult result = fovea({"model", "list"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("mini"), std::string::npos);
}

TEST(ModelVerb, AnUnknownModelIsNamed) {
  expect_error_line(fovea({"model", "show", "no-such"}), "NOT_FOUND", "no-such");
  EXPECT_EQ(fovea({"model", "pull", "no-such"}).exit_code == 0, false);
}

}  // namespace
}  // namespace fovea::test
