#include "device/cuda/kernel_cache.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "support/temporary_directory.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;

KernelImage image_of(std::size_t bytes, int fill, const std::string& name = "f") {
  return {name, std::vector<std::byte>(bytes, static_cast<std::byte>(fill))};
}

std::string contents(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class KernelCacheTest : public testing::Test {
 protected:
  void write(const std::string& bytes) { std::ofstream(file_, std::ios::binary) << bytes; }

  test::TemporaryDirectory folder_;
  const fs::path path_ = folder_.path() / "cache" / "kernels", file_ = path_ / "key.kernel";
};

TEST_F(KernelCacheTest, GivesBackWhatWasStored) {
  KernelCache cache(path_);
  EXPECT_FALSE(cache.find("key"));
  cache.store("key", image_of(300, 1));
  EXPECT_EQ(cache.find("key"), image_of(300, 1));
  cache.store("key", image_of(0, 0, ""));
  EXPECT_EQ(cache.find("key"), image_of(0, 0, ""));
  EXPECT_EQ(KernelCache(path_).find("key"), image_of(0, 0, ""));  // as another process does
  EXPECT_EQ(cache.reason(), "");
}

TEST_F(KernelCacheTest, TrustsNoFileWithAChangedByteOrAMissingOne) {
  KernelCache cache(path_);
  cache.store("key", image_of(20, 9));
  const std::string good = contents(file_);
  for (std::size_t k = 0; k < good.size(); ++k) {
    std::string bad = good;
    bad[k] = static_cast<char>(bad[k] ^ 1);
    write(bad);
    EXPECT_FALSE(cache.find("key")) << k;
    write(good.substr(0, k));
    EXPECT_FALSE(cache.find("key")) << k;
  }
  write(good + "x");
  EXPECT_FALSE(cache.find("key"));
  write(good);
  EXPECT_TRUE(cache.find("key"));
}

TEST_F(KernelCacheTest, TrustsNoFileThatOthersMayWriteTo) {
  KernelCache cache(path_);
  cache.store("key", image_of(20, 9));
  for (const mode_t open : {0620, 0602}) {
    ASSERT_EQ(::chmod(file_.c_str(), open), 0);
    EXPECT_FALSE(cache.find("key"));
  }
  ASSERT_EQ(::chmod(file_.c_str(), 0600), 0);
  EXPECT_TRUE(cache.find("key"));
}

TEST_F(KernelCacheTest, IsReadableByItsUserAlone) {
  const mode_t mask = ::umask(0);
  KernelCache(path_).store("key", image_of(20, 9));
  ::umask(mask);
  for (const fs::path& path : {path_, file_})
    EXPECT_EQ(fs::status(path).permissions() & (fs::perms::group_all | fs::perms::others_all), fs::perms::none);
}

TEST_F(KernelCacheTest, WorksWithoutAFolderAndSaysWhy) {
  KernelCache none{fs::path()};
  none.store("key", image_of(20, 9));
  EXPECT_FALSE(none.find("key"));
  EXPECT_NE(none.reason().find("set FOVEA_CACHE or HOME"), std::string::npos);

  folder_.write("file", "not a folder");
  KernelCache blocked(folder_.path() / "file" / "kernels");
  blocked.store("key", image_of(20, 9));
  EXPECT_FALSE(blocked.find("key"));
  EXPECT_NE(blocked.reason(), "");
}

TEST_F(KernelCacheTest, DropsTheFilesUsedLongestAgo) {
  KernelCache cache(path_, 3500);
  const auto age = [&](const char* key, int hours) {
    fs::last_write_time(path_ / (std::string(key) + ".kernel"),
                        fs::file_time_type::clock::now() - std::chrono::hours(hours));
  };
  for (const char* key : {"a", "b", "c"}) cache.store(key, image_of(1000, 1));
  age("a", 5), age("b", 4), age("c", 3);
  EXPECT_TRUE(cache.find("a"));  // used now
  cache.store("d", image_of(1000, 1));
  EXPECT_FALSE(cache.find("b"));
  for (const char* key : {"a", "c", "d"}) EXPECT_TRUE(cache.find(key)) << key;
}

TEST_F(KernelCacheTest, RemovesWhatAKilledProcessLeftHalfWritten) {
  KernelCache cache(path_);
  cache.store("key", image_of(20, 9));
  const fs::path old = path_ / "other.kernel.tmp-1-1", fresh = path_ / "other.kernel.tmp-2-2";
  std::ofstream(old) << "x";
  std::ofstream(fresh) << "x";
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(2));
  cache.store("key", image_of(20, 9));
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(fresh));
}

TEST_F(KernelCacheTest, ManyWritersAndReadersOfOneKeySeeWholeImages) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      KernelCache cache(path_, 4000);  // as processes: nothing but files is shared
      for (int i = 0; i < 30; ++i) {
        cache.store("key", image_of(1500, t));
        cache.store("other" + std::to_string(i % 3), image_of(1500, t));
        const auto found = cache.find("key");
        wrong += found && (found->bytes.size() != 1500 || found->bytes.front() != found->bytes.back());
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(KernelKey, DependsOnEveryPartAndTheirBounds) {
  const KernelText text{"source", "name", 80, {"-DA", "-DB"}};
  std::vector<std::string> keys{kernel_key(text, "13.0")};
  const auto add = [&](const KernelText& other, const std::string& version = "13.0") {
    keys.push_back(kernel_key(other, version));
  };
  add(text, "12.9");
  add({"sourcen", "ame", 80, {"-DA", "-DB"}});
  add({"source", "name", 90, {"-DA", "-DB"}});
  add({"source", "name", 80, {"-DA-DB"}});
  add({"source", "name", 80, {"-DB", "-DA"}});
  add({"source", "name", 80, {}});
  for (std::size_t a = 0; a < keys.size(); ++a) {
    EXPECT_EQ(keys[a].size(), 64u);
    for (std::size_t b = 0; b < a; ++b) EXPECT_NE(keys[a], keys[b]) << a << " " << b;
  }
  EXPECT_EQ(kernel_key(text, "13.0"), keys[0]);
}

}  // namespace
}  // namespace fovea
