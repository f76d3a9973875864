#include <gmock/gmock.h>

#include <atomic>
#include <fstream>

#include "run_fovea.h"
#include "support/ranged_answer.h"
#include "support/tar_bytes.h"

namespace fovea::test {
namespace {

using testing::ElementsAre;

class Inputs : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& bytes) { return folder_.write(name, bytes).native(); }
  ProgramResult classify(std::vector<std::string> arguments, const std::string& in_file = "/dev/null") {
    arguments.insert(arguments.begin(), {"classify", "--topk=1"});
    return fovea(arguments, {.folder = folder_.path().native(), .in_file = in_file});
  }
  // "path" of a row that is well, "path CODE" of another.
  static std::vector<std::string> outcomes(const std::string& rows) {
    std::vector<std::string> texts;
    for (const auto& row : json_lines(rows)) {
      EXPECT_EQ(row["index"], texts.size());
      texts.push_back(row["path"].get<std::string>() +
                      (row["status"] == "ok" ? "" : " " + row["error_code"].get<std::string>()));
    }
    return texts;
  }
  std::string rows_of(const std::string& name) const { return read_text(folder_.path() / name); }

  TemporaryDirectory folder_;
};

std::string shard() {
  return tar_member("d/", "", '5') + tar_member("d/1.ppm", picture(1)) + tar_member("d/1.json", "{}") +
         tar_member("empty", "") + tar_member("bad", "P6 garbage") + tar_member("d/1.ppm", picture(2)) + tar_end();
}

TEST_F(Inputs, OfEveryKindStandInTheOrderOfTheirNames) {
  write("s.tar", shard()), write("in/b.ppm", picture(3)), write("in/a.ppm", picture(4)), write("one.ppm", picture(5));
  write("l.csv", "id,file\n1,one.ppm\n2\n"), write("l.txt", "gone\none.ppm\n");
  const ProgramResult result =
      classify({"one.ppm", "s.tar", "in", "x{1,2}", "--from", "l.csv", "--column", "file", "--from=l.txt", "one.ppm"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(outcomes(result.out), ElementsAre("one.ppm", "s.tar!d/1.ppm", "s.tar!empty EMPTY", "s.tar!bad CORRUPT",
                                                "s.tar!d/1.ppm", "in/a.ppm", "in/b.ppm", "x1 NOT_FOUND", "x2 NOT_FOUND",
                                                "one.ppm", "one.ppm", "l.csv:3 CORRUPT", "gone NOT_FOUND", "one.ppm"));
}

// Pixels of members are those of the files.
TEST_F(Inputs, AMembersRowIsThatOfTheFile) {
  const ProgramResult file = classify({write("f.ppm", picture(7))});
  const ProgramResult member = classify({write("s.tar", tar_member("f.ppm", picture(7)) + tar_end())});
  auto expected = json_lines(file.out).at(0);
  expected["path"] = (folder_.path() / "s.tar!f.ppm").native();
  EXPECT_EQ(json_lines(member.out).at(0), expected);
}

TEST_F(Inputs, StandardInputIsAListOrATar) {
  write("s.tar", shard()), write("one.ppm", picture(5));
  const std::string list = write("names", "\xEF\xBB\xBFone.ppm\r\n\ns.tar\nhttp\n");
  ProgramResult result = classify({"z", "-", "y"}, list);
  EXPECT_THAT(outcomes(result.out), ElementsAre("z NOT_FOUND", "one.ppm", "s.tar!d/1.ppm", "s.tar!empty EMPTY",
                                                "s.tar!bad CORRUPT", "s.tar!d/1.ppm", "http NOT_FOUND", "y NOT_FOUND"));
  result = classify({"z", "-"}, (folder_.path() / "s.tar").native());
  EXPECT_THAT(outcomes(result.out),
              ElementsAre("z NOT_FOUND", "-!d/1.ppm", "-!empty EMPTY", "-!bad CORRUPT", "-!d/1.ppm"));
}

TEST_F(Inputs, OnStandardInputACutTarHasItsErrorRow) {
  const std::string cut = write("cut", shard().substr(0, 2000));
  EXPECT_THAT(outcomes(classify({"-"}, cut).out), ElementsAre("-!d/1.ppm TRUNCATED"));
}

TEST_F(Inputs, NothingOnStandardInputIsNothingToDo) {
  const ProgramResult result = classify({"-"});
  EXPECT_EQ(result.out, "");
  expect_error_line(result, "NOTHING_TO_DO");
}

TEST_F(Inputs, StandardInputIsReadOnce) {
  const ProgramResult result = classify({"-", "-"});
  EXPECT_EQ(result.exit_code, 2);
  expect_error_line(result, "INVALID_ARGUMENT", "'-' once");
}

TEST_F(Inputs, ListsThatCannotBeReadEndTheRun) {
  expect_error_line(classify({"--from", "no.txt"}), "NOT_FOUND", "no.txt");
  write("l.csv", "a,b\n1,2\n");
  const ProgramResult result = classify({"--from", "l.csv"});
  EXPECT_EQ(result.exit_code, 2);
  expect_error_line(result, "INVALID_ARGUMENT", "'a', 'b'");
  expect_error_line(classify({"{1..1000}{1..1001}"}), "INVALID_ARGUMENT", "1000000 names");
}

// A budget of no failures ends the first run at the bad member; the second goes on behind it, and makes the rows that
// one run makes.
TEST_F(Inputs, ARunOverATarGoesOnWhereItWasInterrupted) {
  std::string tar;
  for (unsigned i = 0; i < 40; ++i) {
    const std::string name = std::to_string(100 + i % 20) + ".ppm";  // each name twice
    tar += tar_member(name, i == 25 ? std::string("P6 garbage") : picture(i));
  }
  tar += tar_member("cut", picture(1)).substr(0, 3000);
  write("s.tar", tar);
  EXPECT_EQ(classify({"s.tar", "-o", "whole"}).exit_code, 0);

  const ProgramResult stopped = classify({"s.tar", "-o", "rows", "--max-failures=0", "-j1", "-b1"});
  EXPECT_EQ(stopped.exit_code, 3) << stopped.err;
  const std::string before = rows_of("rows.partial");
  const auto there = json_lines(before).size();
  ASSERT_GE(there, 26u);
  ASSERT_LT(there, 40u);
  const ProgramResult resumed = classify({"s.tar", "-o", "rows"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_NE(resumed.err.find("going on after " + std::to_string(there) + " rows"), std::string::npos) << resumed.err;
  EXPECT_EQ(rows_of("rows"), rows_of("whole"));
  EXPECT_EQ(outcomes(rows_of("rows")).back(), "s.tar!cut TRUNCATED");

  const ProgramResult again = classify({"s.tar", "-o", "rows", "--update"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(rows_of("rows"), rows_of("whole"));
}

// The same of a shard behind a URL: the rows of the file, whatever stood between.
TEST_F(Inputs, ARunOverAShardAtAUrlGoesOnToo) {
  std::string tar;
  for (unsigned i = 0; i < 40; ++i)
    tar += tar_member(std::to_string(i) + ".ppm", i == 25 ? std::string("P6 garbage") : picture(i));
  tar += tar_end();
  const HostileServer server(replies([&](const std::string& request) { return ranged_answer(request, tar); }));
  const std::string url = server.url("/s.tar");
  EXPECT_EQ(classify({write("s.tar", tar), "-o", "file"}).exit_code, 0);

  const ProgramResult refused = classify({url, "-o", "rows"});
  EXPECT_THAT(outcomes(refused.out + rows_of("rows")), ElementsAre(url + " URL_REFUSED"));
  const std::vector<std::string> local{url, "--allow-private", "--no-robots", "-o", "rows"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), local.begin(), local.end());
    return classify(more);
  };
  EXPECT_EQ(with({"--fresh", "--max-failures=0", "-j1", "-b1"}).exit_code, 3);
  const ProgramResult resumed = with({});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  std::string rows = rows_of("rows");
  const std::string path = (folder_.path() / "s.tar").native();
  for (std::size_t at = 0; (at = rows.find(url, at)) != rows.npos;) rows.replace(at, url.size(), path);
  EXPECT_EQ(rows, rows_of("file"));
}

TEST_F(Inputs, WhatAShardAtAUrlCouldNotGiveIsFoundAgain) {
  const std::string tar = tar_member("1.ppm", picture(1)) + tar_member("2", std::string(5'000'000, 'x')) +
                          tar_member("3.ppm", picture(3)) + tar_end();
  std::atomic<bool> broken = true;
  const HostileServer server(replies([&](const std::string& request) {
    return broken && !range_asked(request).starts_with("0-") ? answer("403 No", "") : ranged_answer(request, tar);
  }));
  const std::string url = server.url("/s.tar");
  EXPECT_EQ(classify({url, "--allow-private", "--no-robots", "-o", "rows"}).exit_code, 0);
  EXPECT_THAT(outcomes(rows_of("rows")), ElementsAre(url + "!1.ppm", url + "!2 HTTP_STATUS"));
  broken = false;
  EXPECT_EQ(classify({url, "--allow-private", "--no-robots", "-o", "rows", "--retry-failed"}).exit_code, 0);
  EXPECT_THAT(outcomes(rows_of("rows")), ElementsAre(url + "!1.ppm", url + "!2 UNKNOWN_FORMAT", url + "!3.ppm"));
}

}  // namespace
}  // namespace fovea::test
