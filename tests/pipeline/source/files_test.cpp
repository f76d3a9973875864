#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "support/source_inputs.h"
#include "support/temporary_directory.h"

namespace fovea::test {
namespace {

namespace fs = std::filesystem;

// The listing, which a source must name one after the other, with the folder's own path cut off.
std::vector<std::string> listed(const TemporaryDirectory& folder, const std::vector<std::string>& inputs) {
  std::vector<std::string> full, names;
  for (const std::string& input : inputs) full.push_back((folder.path() / input).native());
  const std::vector<std::string> files = list_inputs(full);
  const auto source = open_source(full);
  EXPECT_EQ(source->count(), static_cast<std::int64_t>(files.size()));
  EXPECT_EQ(all_names(full), files);
  for (const SourceInput& input : all_inputs(full)) EXPECT_EQ(input.bytes, input.name);
  for (const std::string& path : files) names.push_back(fs::path(path).lexically_relative(folder.path()).native());
  return names;
}

TEST(ListInputs, SortsFilesOfFoldersByBytes) {
  const TemporaryDirectory folder;
  for (const char* name :
       {"in/b.png", "in/B.png", "in/a/2", "in/a/10", "in/a.png", "in/a-b", "in/\xff", "in/\xc3\xa9", "in/z/y/x"})
    folder.write(name, "");
  fs::create_directory(folder.path() / "in/nothing");
  // '-' and '.' lie before '/', upper case before lower, and UTF-8 before 0xff.
  EXPECT_THAT(listed(folder, {"in"}), testing::ElementsAre("in/B.png", "in/a-b", "in/a.png", "in/a/10", "in/a/2",
                                                           "in/b.png", "in/z/y/x", "in/\xc3\xa9", "in/\xff"));
}

TEST(ListInputs, SkipsHiddenOnesUnlessTheyAreNamed) {
  const TemporaryDirectory folder;
  for (const char* name : {"in/.hidden", "in/.git/config", "in/seen", ".dir/a", ".dir/.b"}) folder.write(name, "");
  EXPECT_THAT(listed(folder, {"in"}), testing::ElementsAre("in/seen"));
  EXPECT_THAT(listed(folder, {".dir", "in/.hidden"}), testing::ElementsAre(".dir/a", "in/.hidden"));
}

TEST(ListInputs, KeepsTheOrderOfItsArgumentsAndWhatIsMissing) {
  const TemporaryDirectory folder;
  for (const char* name : {"two", "one", "in/x"}) folder.write(name, "");
  EXPECT_THAT(listed(folder, {"two", "missing", "in", "one", "one"}),
              testing::ElementsAre("two", "missing", "in/x", "one", "one"));
  EXPECT_TRUE(list_inputs({}).empty());
}

TEST(ListInputs, ListsAFolderOnceHoweverItIsReached) {
  const TemporaryDirectory folder;
  folder.write("in/sub/x", "");
  fs::create_directory_symlink("..", folder.path() / "in/sub/up");
  fs::create_directory_symlink(".", folder.path() / "in/self");
  fs::create_directory_symlink("sub", folder.path() / "in/zub");
  EXPECT_THAT(listed(folder, {"in"}), testing::ElementsAre("in/sub/x"));
  EXPECT_THAT(listed(folder, {"in", "in/sub"}), testing::ElementsAre("in/sub/x"));
}

TEST(ListInputs, FollowsLinksToFilesAndKeepsBrokenOnes) {
  const TemporaryDirectory folder;
  folder.write("real", "");
  fs::create_directory(folder.path() / "in");
  fs::create_symlink("../real", folder.path() / "in/a");
  fs::create_symlink("nowhere", folder.path() / "in/b");
  fs::create_symlink("c", folder.path() / "in/c");
  EXPECT_THAT(listed(folder, {"in"}), testing::ElementsAre("in/a", "in/b", "in/c"));
}

// Root reads every folder, so that it becomes nobody while this lives.
class WithoutRoot {
 public:
  WithoutRoot() : before_(::geteuid()) { EXPECT_TRUE(before_ != 0 || ::seteuid(65534) == 0); }
  ~WithoutRoot() { EXPECT_EQ(::seteuid(before_), 0); }
  WithoutRoot(const WithoutRoot&) = delete;
  WithoutRoot& operator=(const WithoutRoot&) = delete;

 private:
  uid_t before_;
};

TEST(ListInputs, AFolderThatCannotBeReadBecomesAnInput) {
  const TemporaryDirectory folder;
  folder.write("in/a", "");
  folder.write("in/shut/x", "");
  for (const fs::path& open : {folder.path(), folder.path() / "in"}) fs::permissions(open, fs::perms(0755));
  fs::permissions(folder.path() / "in/shut", fs::perms::none);
  {
    const WithoutRoot nobody;
    EXPECT_THAT(listed(folder, {"in"}), testing::ElementsAre("in/a", "in/shut"));
    EXPECT_THAT(listed(folder, {"in/shut"}), testing::ElementsAre("in/shut"));
  }
  fs::permissions(folder.path() / "in/shut", fs::perms::owner_all);
}

// Only the folders on the way are held.
TEST(ListInputs, GoesThroughDeepTrees) {
  const TemporaryDirectory folder;
  fs::path deep = "in";
  std::vector<std::string> files;
  for (int i = 0; i < 40; ++i) {
    folder.write(deep / "a", ""), folder.write(deep / "e", "");
    files.insert(files.begin() + i, (deep / "a").native());
    files.insert(files.begin() + i + 1, (deep / "e").native());
    deep /= "d";
  }
  EXPECT_EQ(listed(folder, {"in"}), files);
}

TEST(ListInputs, NamesThatLookLikePatternsAndUrlsAreThoseFiles) {
  const TemporaryDirectory folder;
  folder.write("{1..3}", ""), folder.write("in/{a,b}", "");
  EXPECT_THAT(listed(folder, {"{1..3}", "in"}), testing::ElementsAre("{1..3}", "in/{a,b}"));
}

TEST(ListInputs, TarsInFoldersAreFilesAndTarsByNameAreNot) {
  const TemporaryDirectory folder;
  folder.write("in/s.tar", "");
  EXPECT_THAT(listed(folder, {"in"}), testing::ElementsAre("in/s.tar"));
  EXPECT_EQ(open_source(std::vector<std::string>{(folder.path() / "in/s.tar").native()})->count(), std::nullopt);
}

}  // namespace
}  // namespace fovea::test
