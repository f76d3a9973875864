#include "fovea/duplicates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <random>

#include "fovea/sink.h"
#include "support/expect_error.h"
#include "support/read_text.h"
#include "support/temporary_directory.h"

namespace fovea::test {
namespace {

using testing::ElementsAre;

std::vector<std::int64_t> originals_of(int distance, const std::vector<std::uint64_t>& hashes) {
  DuplicateFinder finder(distance);
  std::vector<std::int64_t> found;
  for (std::size_t i = 0; i < hashes.size(); ++i)
    found.push_back(finder.add(static_cast<std::int64_t>(i), hashes[i]).value_or(-1));
  return found;
}

// By definition: the first of the originals so far that is near enough.
std::vector<std::int64_t> by_definition(int distance, const std::vector<std::uint64_t>& hashes) {
  std::vector<std::int64_t> found;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    found.push_back(-1);
    for (std::size_t k = 0; k < i && found[i] < 0; ++k)
      if (found[k] < 0 && std::popcount(hashes[i] ^ hashes[k]) <= distance) found[i] = static_cast<std::int64_t>(k);
  }
  return found;
}

TEST(DuplicateFinder, ByHand) {
  EXPECT_THAT(originals_of(0, {7, 7, 6, 7, 6}), ElementsAre(-1, 0, -1, 0, 2));
  EXPECT_THAT(originals_of(1, {0b0000, 0b0001, 0b0011, 0b0111, 0b0010}), ElementsAre(-1, 0, -1, 2, 0));
  EXPECT_THAT(originals_of(2, {0, 0b111, 0b011}), ElementsAre(-1, -1, 0)) << "the first, not the nearest";
  EXPECT_THAT(originals_of(8, {0, 0xff, 0x1ff, ~0ull}), ElementsAre(-1, 0, -1, -1));
}

TEST(DuplicateFinder, FindsWhatAllPairsFind) {
  std::mt19937_64 random(20);
  for (int distance = 0; distance <= DuplicateFinder::most_bits; ++distance) {
    std::vector<std::uint64_t> hashes;
    for (int k = 0; k < 2500; ++k) {
      std::uint64_t hash = k % 3 == 0 || hashes.empty() ? random() : hashes[random() % hashes.size()];
      for (std::uint64_t flips = random() % 10; flips > 0; --flips) hash ^= std::uint64_t{1} << random() % 64;
      hashes.push_back(hash);
    }
    EXPECT_EQ(originals_of(distance, hashes), by_definition(distance, hashes)) << distance;
  }
}

// The differing bits lie in all three parts, in two, in one; next to the ends of each.
TEST(DuplicateFinder, FindsDifferencesWhereverTheyAre) {
  std::mt19937_64 random(21);
  for (int distance = 0; distance <= DuplicateFinder::most_bits; ++distance)
    for (int round = 0; round < 3000; ++round) {
      const std::uint64_t hash = random();
      std::uint64_t other = hash;
      const std::uint64_t bases[] = {0, 0, 21, 43}, base = bases[round % 4], region = round % 4 == 0 ? 64 : 21;
      while (std::popcount(hash ^ other) < distance) other ^= std::uint64_t{1} << (base + random() % region);
      EXPECT_THAT(originals_of(distance, {hash, other}), ElementsAre(-1, 0)) << hash << ' ' << other;
    }
}

TEST(DuplicateFinder, CountsOriginals) {
  DuplicateFinder finder(0);
  for (std::int64_t index = 0; index < 100'000; ++index)
    EXPECT_EQ(finder.add(index, static_cast<std::uint64_t>(index / 2) * 0x9e3779b97f4a7c15u).has_value(),
              index % 2 == 1);
  EXPECT_EQ(finder.originals(), 50'000);
}

TEST(DuplicateFinder, RefusesWhatCannotBe) {
  for (const int distance : {-1, 9})
    expect_error(Errc::invalid_argument, "duplicates: expected a distance from 0 to 8 bits, got ",
                 [&] { DuplicateFinder finder(distance); });
  DuplicateFinder finder;
  finder.add(5, 0);
  for (const std::int64_t index : {std::int64_t{5}, std::int64_t{4}, std::int64_t{-1}, std::int64_t{0xffffffff}})
    expect_error(Errc::invalid_argument, "expected an index above 5 and below 2^32 - 1, got ",
                 [&] { finder.add(index, 0); });
  EXPECT_EQ(finder.add(0xfffffffe, 0), 5);
}

std::string line(std::int64_t index, const std::string& path, const std::string& hash) {
  return R"({"index":)" + std::to_string(index) + R"(,"path":")" + path +
         R"(","status":"ok","width":1,"height":1,"format":"png","phash":")" + hash + "\"}\n";
}
const std::string failed = R"({"index":3,"path":"c","status":"error","error_code":"EMPTY","error_message":"m"})"
                           "\n";

class DuplicateRows : public testing::Test {
 protected:
  DuplicateReport groups(const std::string& text, int distance = 4) {
    return find_duplicates(folder.write("rows.jsonl", text), distance);
  }
  TemporaryDirectory folder;
};

TEST_F(DuplicateRows, AreGroupedUnderTheFirst) {
  const std::string text = line(0, "a", "00000000000000ff") + line(2, "b", "ff00000000000000") + failed +
                           line(4, "d", "00000000000000fe") + line(5, "e", "ff00000000000000") +
                           line(9, "f", "00000000000000f0") + line(10, "g", "0f0f0f0f0f0f0f0f");
  const DuplicateReport report = groups(text);
  EXPECT_EQ(report.pictures, 6);
  ASSERT_EQ(report.groups.size(), 2u);
  const DuplicateGroup &first = report.groups[0], &second = report.groups[1];
  EXPECT_EQ(first.index, 0);
  EXPECT_EQ(first.path, "a");
  ASSERT_EQ(first.duplicates.size(), 2u);
  EXPECT_EQ(first.duplicates[0].index, 4);
  EXPECT_EQ(first.duplicates[0].path, "d");
  EXPECT_EQ(first.duplicates[0].distance, 1);
  EXPECT_EQ(first.duplicates[1].index, 9);
  EXPECT_EQ(first.duplicates[1].distance, 4);
  EXPECT_EQ(second.index, 2);
  ASSERT_EQ(second.duplicates.size(), 1u);
  EXPECT_EQ(second.duplicates[0].index, 5);
  EXPECT_EQ(second.duplicates[0].distance, 0);
  EXPECT_EQ(groups(text, 3).groups[0].duplicates.size(), 1u);
  EXPECT_TRUE(groups("").groups.empty());
  EXPECT_EQ(groups(failed + failed).pictures, 0);
  EXPECT_EQ(groups(text.substr(0, text.size() - 1)).pictures, 6) << "without the last line's end";
}

// Through the sink that writes such files.
TEST_F(DuplicateRows, KeepTheBytesOfPaths) {
  const std::string paths[] = {
      "plain",        "\xff\x80 bytes", "quote\" \\ back\\\\x80", "line\nfeed", "\xf0\x9f\x90\xb1 cat", "half \xf0\x9f",
      "\xed\xb2\x80", "\\udc80"};
  const auto file = folder.path() / "rows.jsonl";
  const auto sink = jsonl_sink(file, {{"phash"}, 0});
  Row row;
  for (const std::string& path : paths) {
    row.path = path;
    row.fields = {{"phash", std::string("8000000000000000")}};
    sink->write(row);
    ++row.index;
  }
  sink->finish();
  const DuplicateReport report = find_duplicates(file);
  ASSERT_EQ(report.groups.size(), 1u);
  EXPECT_EQ(report.groups[0].path, paths[0]);
  ASSERT_EQ(report.groups[0].duplicates.size(), 7u);
  for (std::size_t k = 1; k < 8; ++k) EXPECT_EQ(report.groups[0].duplicates[k - 1].path, paths[k]) << k;
}

TEST_F(DuplicateRows, LinesOfAnyLengthAreRead) {
  std::string text;
  for (std::int64_t k = 0; k < 50; ++k)
    text += line(k, std::string(static_cast<std::size_t>(k * 3001), 'x'), "8000000000000000");
  const DuplicateReport report = groups(text);
  ASSERT_EQ(report.groups.size(), 1u);
  ASSERT_EQ(report.groups[0].duplicates.size(), 49u);
  for (std::int64_t k = 1; k < 50; ++k) {
    const Duplicate& duplicate = report.groups[0].duplicates[static_cast<std::size_t>(k - 1)];
    EXPECT_EQ(duplicate.index, k);
    EXPECT_EQ(duplicate.path.size(), static_cast<std::size_t>(k * 3001));
  }
}

TEST_F(DuplicateRows, LinesMayEndWhereverThePiecesDo) {
  for (const std::size_t end : {(1u << 20) - 1, 1u << 20, (1u << 20) + 1}) {
    const std::size_t around = line(0, "", "8000000000000000").size();
    const std::string first = line(0, std::string(end + 1 - around, 'x'), "8000000000000000");
    ASSERT_EQ(first.find('\n'), end);
    const DuplicateReport report = groups(first + line(1, "b", "8000000000000000"));
    ASSERT_EQ(report.groups.size(), 1u);
    EXPECT_EQ(report.groups[0].duplicates[0].path, "b");
  }
}

TEST_F(DuplicateRows, PairsOfSurrogatesAreCharacters) {
  const std::string hash = "8000000000000000";
  const DuplicateReport report = groups(line(0, "\\ud83d\\udcf7", hash) + line(1, "\\udcf0\\udc9f", hash));
  ASSERT_EQ(report.groups.size(), 1u);
  EXPECT_EQ(report.groups[0].path, "\xf0\x9f\x93\xb7");
  EXPECT_EQ(report.groups[0].duplicates[0].path, "\xf0\x9f");
}

TEST_F(DuplicateRows, DamagedFilesAreErrorsWithTheLine) {
  const std::string good = line(0, "a", "00000000000000ff");
  for (const char* bad :
       {"\n", "{}\n", "[1]\n", "{\"index\":1", "{\"index\":1,\"path\":\"a\",\"status\":\"ok\"}\n",
        "{\"index\":1,\"path\":\"a\",\"status\":\"ok\",\"phash\":7}\n",
        "{\"index\":1,\"path\":7,\"status\":\"ok\",\"phash\":\"00000000000000ff\"}\n", "\\udc80\n", "\\", "\\u\n"})
    expect_error(Errc::corrupt, "line 2: expected a row with a phash", [&] { (void)groups(good + bad + good); });
  for (const char* hash : {"", "ff", "00000000000000fg", "000000000000000ff", "0x000000000000ff", "-00000000000000f"})
    expect_error(Errc::corrupt, "line 2: ", [&] { (void)groups(good + line(1, "b", hash)); });
  expect_error(Errc::limit_bytes, "line 2: expected at most 16777216 bytes",
               [&] { (void)groups(good + std::string(17 << 20, ' ')); });
  expect_error(Errc::not_found, "", [&] { (void)find_duplicates(folder.path() / "missing"); });
  expect_error(Errc::not_a_file, "", [&] { (void)find_duplicates(folder.path()); });
  expect_error(Errc::invalid_argument, "distance", [&] { (void)groups(good, 9); });
}

}  // namespace
}  // namespace fovea::test
