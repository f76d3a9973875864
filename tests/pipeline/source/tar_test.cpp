#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/run_program.h"
#include "support/source_inputs.h"
#include "support/tar_bytes.h"
#include "support/temporary_directory.h"

namespace fovea::test {
namespace {

using testing::ElementsAre;

class TarSource : public testing::Test {
 protected:
  std::string write(const std::string& bytes, const std::string& name = "s.tar") {
    return folder_.write(name, bytes).native();
  }
  // The outcomes of an archive's members, its own path cut off.
  std::vector<std::string> outcomes_of(const std::string& bytes, const SourceOptions& options = {}) {
    const std::string path = write(bytes);
    std::vector<std::string> texts = outcomes(all_inputs({path}, options));
    for (std::string& text : texts) text = text.substr(path.size());
    return texts;
  }
  std::vector<std::string> names_of(const std::string& bytes) {
    const std::string path = write(bytes);
    std::vector<std::string> texts = all_names({path});
    for (std::string& text : texts) text = text.substr(path.size());
    return texts;
  }
  TemporaryDirectory folder_;
};

TEST_F(TarSource, GivesMembersInTheirOrderWithTheirBytes) {
  const std::string path =
      write(tar_member("b", "two") + tar_member("a", std::string(70'000, 'x')) + tar_member("b", "again") + tar_end());
  EXPECT_EQ(all_inputs({path}), (std::vector<SourceInput>{{path + "!b", "two", {}, {}},
                                                          {path + "!a", std::string(70'000, 'x'), {}, {}},
                                                          {path + "!b", "again", {}, {}}}));
}

TEST_F(TarSource, SkipsFoldersAndSidecars) {
  EXPECT_THAT(outcomes_of(tar_member("d/", "", '5') + tar_member("d/1.jpg", "x") + tar_member("d/1.json", "{}") +
                          tar_member("1.CLS", "3") + tar_member("2.txt", "t") + tar_member("x.json/2.seg.png", "x") +
                          tar_member("json", "x") + tar_member("3.npy", "") + tar_member("4.html", "x") + tar_end()),
              ElementsAre("!d/1.jpg", "!x.json/2.seg.png", "!json", "!4.html"));
}

TEST_F(TarSource, PassesOverWhatIsNotTaken) {
  const std::string path =
      write(tar_member("a", std::string(3'000'000, 'a')) + tar_member("b", "b") + tar_member("c", "c") + tar_end());
  const auto source = open_source(std::vector<std::string>{path});
  EXPECT_EQ(source->next(), path + "!a");
  EXPECT_EQ(source->next(), path + "!b");
  EXPECT_EQ(source->next(), path + "!c");
  EXPECT_EQ(taken("", source->take()).bytes, "c");
  EXPECT_EQ(source->next(), std::nullopt);
  EXPECT_EQ(source->next(), std::nullopt);
}

TEST_F(TarSource, AnEmptyArchiveHasNoMembersAndAnEmptyFileIsNone) {
  EXPECT_THAT(outcomes_of(tar_end()), ElementsAre());
  EXPECT_THAT(outcomes_of(""), ElementsAre(" EMPTY"));
}

TEST_F(TarSource, WhatIsNoArchiveHasOneRow) {
  EXPECT_THAT(outcomes_of("no archive"), ElementsAre(" CORRUPT"));
  EXPECT_THAT(outcomes_of(std::string(10'000, 'x')), ElementsAre(" CORRUPT"));
  EXPECT_THAT(outcomes_of("PK\3\4" + std::string(10'000, 'x')), ElementsAre(" CORRUPT"));
}

TEST_F(TarSource, AFileOfZeroBytesIsThere) {
  const std::string path = write(tar_member("a", "") + tar_end());
  EXPECT_EQ(all_inputs({path}), (std::vector<SourceInput>{{path + "!a", "", {}, {}}}));
}

// Two members of 700 bytes: a header and two blocks of data each, then the end mark of two blocks.
class CutTar : public TarSource {
 protected:
  const std::string whole_ =
      tar_member("a", std::string(700, 'a')) + tar_member("b", std::string(700, 'b')) + tar_end();
  static std::vector<std::string> expected(std::size_t size) {
    if (size < tar_block) return {" CORRUPT"};
    if (size < tar_block + 700) return {"!a TRUNCATED"};
    if (size < 4 * tar_block) return {"!a", " TRUNCATED"};  // padding, or the next header
    if (size < 4 * tar_block + 700) return {"!a", "!b TRUNCATED"};
    if (size < 7 * tar_block) return {"!a", "!b", " TRUNCATED"};
    return {"!a", "!b"};
  }
  // Each block's end with a byte less and more, and odd places between.
  static std::vector<std::size_t> sizes() {
    std::vector<std::size_t> sizes;
    for (std::size_t block = 0; block < 8; ++block)
      for (const std::size_t more : {0, 1, 73, 188, 189, 511})
        if (block + more > 0) sizes.push_back(block * tar_block + more);
    return sizes;
  }
};

TEST_F(CutTar, KeepsWhatIsWholeAndHasOneErrorRow) {
  for (const std::size_t size : sizes()) EXPECT_EQ(outcomes_of(whole_.substr(0, size)), expected(size)) << size;
}

// A second run over the same archive, that takes nothing, must name the same inputs.
TEST_F(CutTar, HasTheSameRowsWhenNothingIsTaken) {
  for (const std::size_t size : sizes()) {
    std::vector<std::string> names = expected(size);
    for (std::string& name : names) name = name.substr(0, name.find(' '));
    EXPECT_EQ(names_of(whole_.substr(0, size)), names) << size;
  }
}

// Seeking past what is not taken, in steps of a read's size, must not pass over the end of the file.
TEST_F(CutTar, NoticesACutInWhatItSeeksPast) {
  const std::string big = tar_member("big.txt", std::string(4 << 20, 'x'));
  for (const std::size_t size : {512u + (1u << 20), 512u + (2u << 20), 512u + (2u << 20) + 100u, 4u << 20})
    EXPECT_THAT(names_of(tar_member("a", "x") + big.substr(0, size)), ElementsAre("!a", "")) << size;
}

// A big member whose row is LIMIT_BYTES does not tell that the archive was cut.
TEST_F(CutTar, HasARowForTheTailBehindAMemberThatIsNotRead) {
  const std::string bytes = tar_member("a", std::string(5000, 'a'));
  const SourceOptions options{.lists = {}, .column = "path", .max_encoded_bytes = 4999};
  EXPECT_THAT(outcomes_of(bytes.substr(0, 3000), options), ElementsAre("!a LIMIT_BYTES", " TRUNCATED"));
  EXPECT_THAT(outcomes_of(bytes + tar_end(), options), ElementsAre("!a LIMIT_BYTES"));
}

TEST_F(CutTar, ADamagedHeaderEndsTheArchive) {
  std::string damaged = whole_;
  damaged[3 * tar_block] ^= 1;
  EXPECT_THAT(outcomes_of(damaged), ElementsAre("!a", " CORRUPT"));
  EXPECT_THAT(names_of(damaged), ElementsAre("!a", ""));
}

}  // namespace
}  // namespace fovea::test
