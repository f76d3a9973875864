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

// 2 members of 700 bytes: header, two blocks of data each, then the end mark.
TEST_F(TarSource, ACutArchiveKeepsWhatIsWholeAndHasOneErrorRow) {
  const std::string whole = tar_member("a", std::string(700, 'a')) + tar_member("b", std::string(700, 'b')) + tar_end();
  ASSERT_EQ(whole.size(), 8 * tar_block);
  for (std::size_t size = 1; size < 7 * tar_block; size += size % tar_block == 0 ? 1 : 73) {
    if (size / tar_block != (size + 72) / tar_block && size % tar_block != 0) size = (size / tar_block + 1) * tar_block;
    const std::vector<std::string> got = outcomes_of(whole.substr(0, size));
    std::vector<std::string> expected;
    if (size < tar_block)
      expected = {size < tar_block ? got.empty() ? " some error" : got[0] : ""};
    else if (size < tar_block + 700)
      expected = {"!a TRUNCATED"};
    else if (size < 4 * tar_block)
      expected = {"!a", " TRUNCATED"};
    else if (size < 4 * tar_block + 700)
      expected = {"!a", "!b TRUNCATED"};
    else
      expected = {"!a", "!b", " TRUNCATED"};
    EXPECT_EQ(got, expected) << size;
  }
}

}  // namespace
}  // namespace fovea::test
