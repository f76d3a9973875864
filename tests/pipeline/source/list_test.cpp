#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fovea/fetch.h"
#include "support/expect_error.h"
#include "support/run_program.h"
#include "support/source_inputs.h"
#include "support/tar_bytes.h"
#include "support/temporary_directory.h"

namespace fovea::test {
namespace {

using testing::ElementsAre;

class ListSource : public testing::Test {
 protected:
  std::string write(const std::string& bytes, const std::string& name) { return folder_.write(name, bytes).native(); }
  static SourceOptions from(const std::string& list, const std::string& column = "path") {
    SourceOptions options;
    options.lists = {list};
    options.column = column;
    return options;
  }
  // The outcomes of what a list names; of its own rows ":LINE CODE".
  std::vector<std::string> outcomes_of(const std::string& bytes, const std::string& name,
                                       const std::string& column = "path") {
    const std::string path = write(bytes, name);
    std::vector<std::string> texts = outcomes(all_inputs({}, from(path, column)));
    for (std::string& text : texts)
      if (text.starts_with(path)) text = text.substr(path.size());
    return texts;
  }
  TemporaryDirectory folder_;
};

TEST_F(ListSource, NamesOneInputALine) {
  EXPECT_THAT(outcomes_of("b\r\na\n\n b \nb\n#c\nmissing", "l.txt"),
              ElementsAre("b", "a", " b ", "b", "#c", "missing"));
  EXPECT_THAT(outcomes_of("\xff\xfe\n\xEF\xBB\xBF", "l.lst"), ElementsAre("\xff\xfe", "\xEF\xBB\xBF"));
}

TEST_F(ListSource, ABadLineIsARowAndTheOthersStay) {
  EXPECT_THAT(outcomes_of("a\n" + std::string("x\0y", 3) + "\n" + std::string((1 << 20) + 1, 'x') + "\nb\n", "l.txt"),
              ElementsAre("a", ":2 CORRUPT", ":3 CORRUPT", "b"));
}

TEST_F(ListSource, NothingInItNamesNothing) {
  for (const char* name : {"l.txt", "l.csv", "l.jsonl"}) {
    EXPECT_THAT(outcomes_of("", name), ElementsAre());
    EXPECT_THAT(outcomes_of("\n\r\n", name), ElementsAre());
  }
  EXPECT_THAT(outcomes_of("path\n", "l.csv"), ElementsAre());
}

TEST_F(ListSource, ACsvColumnIsFoundByItsName) {
  const std::string csv = "id,path,\"a \"\"b\"\"\"\r\n1,x.png,p\r\n2,\"y,\nz.png\",q\r\n3,x.png,r\r\n";
  EXPECT_THAT(outcomes_of(csv, "l.csv"), ElementsAre("x.png", "y,\nz.png", "x.png"));
  EXPECT_THAT(outcomes_of(csv, "l.csv", "id"), ElementsAre("1", "2", "3"));
  EXPECT_THAT(outcomes_of(csv, "l.csv", "a \"b\""), ElementsAre("p", "q", "r"));
}

TEST_F(ListSource, BadRecordsAreRowsOfTheirLines) {
  EXPECT_THAT(outcomes_of("id,path\n1,\"two\nlines\"\n1\n1,2,3\n\n1,\n1,\"x\"y\n1,last\n1,\"open\n1,lost\n", "l.csv"),
              ElementsAre("two\nlines", ":4 CORRUPT", ":5 CORRUPT", ":7 CORRUPT", ":8 CORRUPT", "last", ":10 CORRUPT"));
  const auto got = all_inputs({}, from(write("id,path\n1\n", "l.csv")));
  EXPECT_EQ(got.at(0).message, "line 2: expected 2 fields, got 1");
}

TEST_F(ListSource, AMissingColumnEndsTheRunAndNamesThoseThere) {
  const std::string path = write("id,url,x\n1,2,3\n", "l.csv");
  expect_error(Errc::invalid_argument, "expected the column path, got 'id', 'url', 'x'",
               [&] { open_source({}, from(path)); });
  expect_error(Errc::invalid_argument, path, [&] { open_source({}, from(path)); });
  const std::string open_quote = write("id,\"path\n", "o.csv");
  expect_error(Errc::corrupt, "line 1", [&] { open_source({}, from(open_quote)); });
}

TEST_F(ListSource, JsonlTakesAMemberOfEachObject) {
  EXPECT_THAT(
      outcomes_of("{\"path\": \"a\", \"id\": 1}\r\n{\"id\": \"b\"}\nnot json\n[1]\n{\"path\": 3}\n{\"path\": \"\"}\n"
                  "\n{\"path\": \"\\u00e9\\n\"}\n{\"path\": \"x\"} {\"path\": \"y\"}\n",
                  "l.jsonl"),
      ElementsAre("a", ":2 CORRUPT", ":3 CORRUPT", ":4 CORRUPT", ":5 CORRUPT", ":6 CORRUPT", "\xc3\xa9\n",
                  ":9 CORRUPT"));
  EXPECT_THAT(outcomes_of("{\"u\": \"a\"}\n", "l.ndjson", "u"), ElementsAre("a"));
  EXPECT_THAT(outcomes_of(std::string(500'000, '['), "l.jsonl"), ElementsAre(":1 CORRUPT"));
  EXPECT_THAT(outcomes_of("{\"path\": \"a\\u0000b\"}\n", "l.jsonl"), ElementsAre(":1 CORRUPT"));
  EXPECT_THAT(outcomes_of("{\"path\": \"caf\\udce9 \\ud83d\\udc80\"}\n", "l.jsonl"),
              ElementsAre("caf\xe9 \xf0\x9f\x92\x80"))
      << "as rows are written";
}

TEST_F(ListSource, EntriesAreOfEveryKindButLists) {
  const std::string tar = write(tar_member("m", "bytes") + tar_end(), "s.tar");
  write("", "in/b"), write("", "in/a");
  const std::string in = (folder_.path() / "in").native(), missing = (folder_.path() / "no.tar").native();
  const std::string list = write("https://user:secret@h/x.png\n" + tar + "\n" + in + "\n" + missing + "\nl.txt\n-\n" +
                                     "http://127.0.0.1/s.tar?x=1\n{a,b}\n",
                                 "l.txt");
  const auto got = all_inputs({}, from(list));
  EXPECT_THAT(outcomes(got),
              ElementsAre(public_url("https://user:secret@h/x.png"), tar + "!m", in + "/a", in + "/b",
                          missing + " NOT_FOUND", "l.txt", "-", "http://127.0.0.1/s.tar?x=1 URL_REFUSED", "{a,b}"));
  EXPECT_EQ(got.at(0).bytes, "https://user:secret@h/x.png");
  EXPECT_EQ(got.at(1).bytes, "bytes");
}

TEST_F(ListSource, APackedListIsReadAsTheOther) {
  for (const auto& [name, text] : {std::pair<std::string, std::string>{"l.txt", "a\nb\n"},
                                   {"l.csv", "path\na\nb\n"},
                                   {"l.jsonl", "{\"path\":\"a\"}\n{\"path\":\"b\"}\n"}}) {
    const std::string path = write(text, name);
    ASSERT_EQ(run_program("/usr/bin/gzip", {path}).exit_code, 0);
    EXPECT_THAT(all_names({}, from(path + ".gz")), ElementsAre("a", "b"));
  }
}

// The names that were whole are kept.
TEST_F(ListSource, APackedListThatIsCutHasAnErrorRow) {
  std::string text;
  for (unsigned i = 0, seed = 1; i < 50'000; ++i) text += std::to_string(seed = seed * 1664525u + 1013904223u) + "\n";
  const std::string path = write(text, "l.txt");
  ASSERT_EQ(run_program("/usr/bin/gzip", {path}).exit_code, 0);
  std::filesystem::resize_file(path + ".gz", std::filesystem::file_size(path + ".gz") / 2);
  const auto got = all_inputs({}, from(path + ".gz"));
  ASSERT_GT(got.size(), 10'000u);
  ASSERT_LT(got.size(), 50'000u);
  EXPECT_EQ(got.back().error, Errc::truncated) << got.back().message;
  EXPECT_EQ(got.back().name, path + ".gz:" + std::to_string(got.size()));
  for (std::size_t i = 0, at = 0; i + 1 < got.size(); ++i) {
    const std::size_t end = text.find('\n', at);
    ASSERT_EQ(got[i].name, text.substr(at, end - at));
    at = end + 1;
  }
}

TEST_F(ListSource, AListThatCannotBeReadEndsTheRun) {
  const std::string missing = (folder_.path() / "no.txt").native();
  expect_error(Errc::not_found, missing, [&] { open_source({}, from(missing)); });
  std::filesystem::create_directory(folder_.path() / "d.txt");
  expect_error(Errc::not_a_file, "d.txt", [&] { open_source({}, from((folder_.path() / "d.txt").native())); });
  expect_error(Errc::invalid_argument, "ends in .txt, .csv or .jsonl", [&] { open_source({}, from("names.dat")); });
}

TEST_F(ListSource, ListsComeAfterOperandsInTheirOrder) {
  SourceOptions options;
  options.lists = {write("c\n", "2.txt"), write("path\nb\n", "1.csv"), write("c\n", "2.txt")};
  EXPECT_THAT(all_names({"z", "a"}, options), ElementsAre("z", "a", "c", "b", "c"));
  EXPECT_EQ(open_source({}, options)->count(), std::nullopt);
}

}  // namespace
}  // namespace fovea::test
