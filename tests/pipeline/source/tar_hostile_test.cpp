#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "support/run_program.h"
#include "support/source_inputs.h"
#include "support/tar_bytes.h"
#include "support/temporary_directory.h"

namespace fovea::test {
namespace {

using testing::ElementsAre;

class HostileTar : public testing::Test {
 protected:
  std::string write(const std::string& bytes, const std::string& name = "s.tar") {
    return folder_.write(name, bytes).native();
  }
  std::vector<std::string> outcomes_of(const std::string& path, const SourceOptions& options = {}) {
    std::vector<std::string> texts = outcomes(all_inputs({path}, options));
    for (std::string& text : texts) text = text.substr(path.size());
    return texts;
  }
  // Packed by the program that made its format.
  std::string packed(const std::string& bytes, const std::string& program, const std::string& ending) {
    const std::string path = write(bytes), result = path + ending;
    EXPECT_EQ(run_program("/usr/bin/env", {program, "-c", path}, {.environment = {}, .out_file = result}).exit_code, 0);
    return result;
  }
  TemporaryDirectory folder_;
};

// What a size field says: nothing that is not there is given or waited for.
TEST_F(HostileTar, SizesThatCannotBeAreErrors) {
  const std::string a = tar_member("a", "x"), rest = std::string(2 * tar_block, 'r') + tar_end();
  const std::string negative(12, '\xff');
  std::string huge(12, '\0');
  huge[0] = '\x80', huge[4] = '\x80';  // 2^63
  std::string beyond(12, '\0');
  beyond[0] = '\x80', beyond[1] = '\x01';  // 2^80
  for (const std::string& size : {negative, huge, beyond, std::string("77777777777")}) {
    const std::vector<std::string> got = outcomes_of(write(a + tar_header("b", size) + rest));
    ASSERT_GE(got.size(), 2u);
    EXPECT_EQ(got[0], "!a");
    EXPECT_TRUE(got.back().ends_with("TRUNCATED") || got.back().ends_with("CORRUPT") ||
                got.back().ends_with("LIMIT_BYTES"))
        << got.back();
    for (std::size_t i = 1; i < got.size(); ++i) EXPECT_NE(got[i].find(' '), std::string::npos) << got[i];
  }
}

// 8 GiB - 1 byte, as 11 octal digits: refused by what the header says, then the archive ends.
TEST_F(HostileTar, AMemberAboveTheLimitIsNotRead) {
  EXPECT_THAT(outcomes_of(write(tar_header("a", "77777777777") + "abc")), ElementsAre("!a LIMIT_BYTES", " TRUNCATED"));
}

TEST_F(HostileTar, AGarbledSizeFieldLeavesNoPictureUnspoken) {
  const std::vector<std::string> got =
      outcomes_of(write(tar_header("a", "9zz00000000") + tar_padded("picture") + tar_member("b", "x") + tar_end()));
  ASSERT_FALSE(got.empty());
  EXPECT_TRUE(got.back().ends_with(" CORRUPT")) << testing::PrintToString(got);
}

// The extended header's size holds: it is what readers agree on.
TEST_F(HostileTar, TheSizeOfAnExtendedHeaderHolds) {
  const std::string path = write(pax_header({{"size", "3"}}) + tar_header("a", tar_octal(700, 11)) + tar_padded("abc") +
                                 tar_member("b", "b") + tar_end());
  const auto got = all_inputs({path});
  EXPECT_THAT(outcomes(got), ElementsAre(path + "!a", path + "!b"));
  EXPECT_EQ(got.at(0).bytes, "abc");
  for (const char* size : {"-1", "9223372036854775808", "abc"}) {
    const auto bad = outcomes_of(
        write(pax_header({{"size", size}}) + tar_header("a", tar_octal(3, 11)) + tar_padded("abc") + tar_end()));
    EXPECT_FALSE(bad.empty()) << size;
  }
}

// 64 MiB is below the limit of a member, and its header stands in an archive of 2 kB.
TEST_F(HostileTar, APromiseAllocatesLittle) {
  const std::string path = write(tar_header("a", tar_octal(60 << 20, 11)) + std::string(2 * tar_block, 'x'));
  rusage before{}, after{};
  ::getrusage(RUSAGE_SELF, &before);
  EXPECT_THAT(outcomes_of(path), ElementsAre("!a TRUNCATED"));
  ::getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 8 << 10);  // kB
}

TEST_F(HostileTar, ALongNameOfAGibibyteIsNotAllocated) {
  const std::string path = write(tar_member("a", "x") + tar_header("././@LongLink", tar_octal(1 << 30, 11), 'L') +
                                 std::string(tar_block, 'n') + tar_end());
  rusage before{}, after{};
  ::getrusage(RUSAGE_SELF, &before);
  const auto got = outcomes_of(path);
  ::getrusage(RUSAGE_SELF, &after);
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0], "!a");
  EXPECT_TRUE(got[1] == " CORRUPT" || got[1] == " TRUNCATED") << got[1];
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 8 << 10);
}

TEST_F(HostileTar, LinksDevicesAndPipesAreRowsOfTheirOwn) {
  const std::string path =
      write(tar_member("real", "x") + tar_member("hard", "", '1', "real") + tar_member("soft", "", '2', "/etc/passwd") +
            tar_member("char", "", '3') + tar_member("block", "", '4') + tar_member("pipe", "", '6') + tar_end());
  const auto got = all_inputs({path});
  EXPECT_THAT(outcomes_of(path), ElementsAre("!real", "!hard NOT_A_FILE", "!soft NOT_A_FILE", "!char NOT_A_FILE",
                                             "!block NOT_A_FILE", "!pipe NOT_A_FILE"));
  EXPECT_NE(got.at(1).message.find("a hard link"), std::string::npos);
  EXPECT_NE(got.at(2).message.find("a symbolic link"), std::string::npos);
  EXPECT_NE(got.at(3).message.find("a device"), std::string::npos);
  EXPECT_NE(got.at(5).message.find("a pipe"), std::string::npos);
}

// Names are what rows are called, never places that are read or written.
TEST_F(HostileTar, NamesStayAsTheyAre) {
  const std::string long_name = std::string(150, 'd') + "/" + std::string(100, 'f') + ".jpg";
  EXPECT_THAT(
      outcomes_of(write(tar_member("../../up", "x") + tar_member("/etc/passwd", "x") + tar_member("new\nline", "x") +
                        tar_member("\xff\xfe", "x") + tar_member("a!b", "x") + gnu_long_name(long_name) +
                        tar_member("short", "x") + pax_header({{"path", "\xc3\xa9\xe2\x82\xac"}}) +
                        tar_member("e", "x") + pax_header({{"path", "\xff\xfe"}}) + tar_member("e", "x") + tar_end())),
      ElementsAre("!../../up", "!/etc/passwd", "!new\nline", "!\xff\xfe", "!a!b", "!" + long_name,
                  "!\xc3\xa9\xe2\x82\xac", "!\xff\xfe"));
}

TEST_F(HostileTar, PackedArchivesGiveTheSame) {
  const std::string bytes = tar_member("a", std::string(70'000, 'a')) + tar_member("b", "b") + tar_end();
  for (const auto& [program, ending] :
       {std::pair<std::string, std::string>{"gzip", ".gz"}, {"zstd", ".zst"}, {"xz", ".xz"}, {"bzip2", ".bz2"}}) {
    const std::string path = packed(bytes, program, ending);
    EXPECT_EQ(all_inputs({path}),
              (std::vector<SourceInput>{{path + "!a", std::string(70'000, 'a'), {}, {}}, {path + "!b", "b", {}, {}}}))
        << program;
    EXPECT_THAT(all_names({path}), ElementsAre(path + "!a", path + "!b"));
  }
}

TEST_F(HostileTar, APackedArchiveThatIsCutHasTheSameRowsTakenOrNot) {
  std::string noise;
  for (unsigned i = 0, seed = 1; i < 300'000; ++i)
    noise += static_cast<char>((seed = seed * 1664525u + 1013904223u) >> 24);
  const std::string path = packed(tar_member("a", noise) + tar_member("b", noise) + tar_end(), "gzip", ".gz");
  const auto size = std::filesystem::file_size(path);
  std::filesystem::resize_file(path, size * 3 / 4);
  EXPECT_THAT(outcomes_of(path), ElementsAre("!a", "!b TRUNCATED"));
  EXPECT_THAT(all_names({path}), ElementsAre(path + "!a", path + "!b"));
}

// A GiB of zeros in a MiB.
TEST_F(HostileTar, ABombEndsTheArchive) {
  const std::string zeros =
      packed(tar_member("big.txt", std::string(200 << 20, '\0')) + tar_member("a", "x") + tar_end(), "zstd", ".zst");
  EXPECT_THAT(outcomes_of(zeros), ElementsAre(" LIMIT_RATIO"));
}

TEST_F(HostileTar, WhatCannotBeOpenedHasOneRow) {
  const std::string missing = (folder_.path() / "missing.tar").native(), pipe = (folder_.path() / "pipe.tar").native(),
                    folder = (folder_.path() / "folder.tar").native();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  folder_.write("folder.tar/x", "x");
  EXPECT_THAT(outcomes(all_inputs({missing, pipe, folder})),
              ElementsAre(missing + " NOT_FOUND", pipe + " NOT_A_FILE", folder + "/x"));
}

}  // namespace
}  // namespace fovea::test
