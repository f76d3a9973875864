#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <memory>
#include <span>

#include "base/sha256.h"
#include "fovea/sink.h"
#include "pipeline/job/job_rows.h"
#include "support/expect_error.h"
#include "support/temporary_directory.h"

namespace fovea::test {
namespace {

namespace fs = std::filesystem;
using Members = std::vector<std::pair<std::string, std::string>>;

Row row_with(const std::string& file, std::string_view text) {
  Row row;
  row.file = file;
  const auto bytes = std::as_bytes(std::span(text));
  row.bytes.assign(bytes.begin(), bytes.end());
  return row;
}

// What libarchive reads.
Members members_of(const fs::path& file) {
  const std::unique_ptr<archive, int (*)(archive*)> reader(archive_read_new(), archive_read_free);
  archive_read_support_format_tar(reader.get());
  EXPECT_EQ(archive_read_open_filename(reader.get(), file.c_str(), 4096), ARCHIVE_OK);
  Members members;
  for (archive_entry* entry = nullptr; archive_read_next_header(reader.get(), &entry) == ARCHIVE_OK;) {
    std::string text(static_cast<std::size_t>(archive_entry_size(entry)), '\0');
    EXPECT_EQ(archive_read_data(reader.get(), text.data(), text.size()), std::ssize(text));
    EXPECT_EQ(archive_entry_mtime(entry), 0);
    EXPECT_EQ(archive_entry_perm(entry), 0644u);
    members.emplace_back(archive_entry_pathname(entry), text);
  }
  EXPECT_EQ(archive_errno(reader.get()), 0) << archive_error_string(reader.get());
  return members;
}

class Archive : public testing::Test {
 protected:
  fs::path file_of(const std::string& name) const { return folder_.path() / name; }
  TemporaryDirectory folder_;
};

const Members members{
    {"a.webp", "hello"}, {"sub/" + std::string(130, 'n') + ".png", std::string(512, 'x')}, {"empty", ""}};

// The digest is that of the bytes Python's tarfile writes in its pax format, less the blocks that only fill up.
TEST_F(Archive, BytesAreThoseOfPythonsTarfile) {
  const auto sink = tar_sink(file_of("a.tar"));
  for (const auto& [name, text] : members) sink->write(row_with(name, text));
  sink->finish();
  const std::string bytes = read_text(file_of("a.tar"));
  EXPECT_EQ(sha256_hex(std::as_bytes(std::span(bytes))),
            "114f186b0237edf716ef7e68ddca5d2c46f6e4beda4fc8b539bfbf061b57d286");
  EXPECT_EQ(members_of(file_of("a.tar")), members);
}

TEST_F(Archive, NamesOfAnyBytesAreKept) {
  const Members odd{{"\xc3\xa9.png", "1"},
                    {std::string(99, 'a') + "\xff", "2"},
                    {std::string(120, 'b') + "\xc3\xa9", "3"},
                    {"sp ace\n", "4"}};
  const auto sink = tar_sink(file_of("a.tar"));
  for (const auto& [name, text] : odd) sink->write(row_with(name, text));
  sink->finish();
  EXPECT_EQ(members_of(file_of("a.tar")), odd);
}

// A record's own length may gain a digit by being written.
TEST_F(Archive, EveryLengthOfNameIsKept) {
  Members all;
  for (std::size_t length : {1, 99, 100, 101, 150, 180, 190, 191, 192, 200})
    all.emplace_back(std::string(length, 'n'), std::to_string(length));
  for (std::size_t length = 980; length < 1000; ++length)
    all.emplace_back(std::string(200, 'a') + "/" + std::string(200, 'b') + "/" + std::string(200, 'c') + "/" +
                         std::string(200, 'd') + "/" + std::string(length - 804, 'e'),
                     "");
  const auto sink = tar_sink(file_of("a.tar"));
  for (const auto& [name, text] : all) sink->write(row_with(name, text));
  sink->finish();
  EXPECT_EQ(members_of(file_of("a.tar")), all);
}

TEST_F(Archive, RowsWithoutFilesAreNoMembers) {
  const auto sink = tar_sink(file_of("a.tar"));
  Row failed = row_with("x", "1");
  failed.error = Error(Errc::corrupt, "jpeg");
  sink->write(failed);
  sink->write(Row{});
  sink->finish();
  EXPECT_EQ(read_text(file_of("a.tar")), std::string(1024, '\0'));
}

TEST_F(Archive, ShardsEndByFiles) {
  const auto sink = tar_sink(file_of("a.tar"), {2, 0});
  for (int k = 0; k < 5; ++k) sink->write(row_with(std::to_string(k), "text"));
  sink->finish();
  EXPECT_EQ(members_of(file_of("a-00000.tar")), (Members{{"0", "text"}, {"1", "text"}}));
  EXPECT_EQ(members_of(file_of("a-00002.tar")), (Members{{"4", "text"}}));
  EXPECT_FALSE(fs::exists(file_of("a-00003.tar")));
  EXPECT_FALSE(fs::exists(file_of("a.tar")));
}

// Two members of 1024 bytes and the end of 1024 make 3072.
TEST_F(Archive, ShardsEndByBytes) {
  for (const auto& [limit, first] : {std::pair(3071, 1), std::pair(3072, 2), std::pair(1, 1)}) {
    const auto sink = tar_sink(file_of("b.tar"), {0, limit});
    for (int k = 0; k < 4; ++k) sink->write(row_with(std::to_string(k), "text"));
    sink->finish();
    EXPECT_EQ(members_of(file_of("b-00000.tar")).size(), static_cast<std::size_t>(first)) << limit;
    EXPECT_EQ(fs::file_size(file_of("b-00000.tar")), static_cast<std::uintmax_t>(1024 * (first + 1)));
  }
}

TEST_F(Archive, HostileNamesAreRefused) {
  for (const std::string& name : hostile_names()) {
    const auto tar = tar_sink(file_of("a.tar"));
    expect_error(Errc::policy, "file name: expected one inside", [&] { tar->write(row_with(name, "x")); });
    const auto folder = folder_sink(file_of("out"));
    expect_error(Errc::policy, "file name: expected one inside", [&] { folder->write(row_with(name, "x")); });
  }
  EXPECT_TRUE(fs::is_empty(file_of("out")));
  expect_error(Errc::invalid_argument, "got -1 files", [&] { tar_sink(file_of("a.tar"), {-1, 0}); });
}

TEST_F(Archive, AFolderHoldsWholeFiles) {
  folder_.write("out/.partial-9", "left by a killed run");
  {
    const auto sink = folder_sink(file_of("out"));
    sink->write(row_with("a/b/c.png", "one"));
    sink->write(row_with("a/d.png", "two"));
    sink->write(row_with("a/d.png", "three"));
    sink->finish();
  }
  EXPECT_EQ(outcome(file_of("out")), (std::map<std::string, std::string>{{"a/b/c.png", "one"}, {"a/d.png", "three"}}));
}

TEST_F(Archive, AFolderFollowsNoLinks) {
  fs::create_directory(file_of("victim"));
  folder_.write("victim/file", "precious");
  fs::create_directory(file_of("out"));
  fs::create_symlink(file_of("victim"), file_of("out/link"));
  fs::create_symlink(file_of("victim/file"), file_of("out/file"));
  const auto sink = folder_sink(file_of("out"));
  expect_error(Errc::io, "out/link", [&] { sink->write(row_with("link/file", "x")); });
  const TemporaryDirectory other;
  fs::create_symlink(file_of("victim/file"), other.path() / "file");
  const auto replacing = folder_sink(other.path());
  replacing->write(row_with("file", "x"));
  EXPECT_EQ(read_text(file_of("victim/file")), "precious");
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(other.path() / "file")));
}

TEST_F(Archive, AFolderHasOneWriter) {
  const auto sink = folder_sink(file_of("out"));
  expect_error(Errc::policy, "locked by another", [&] { folder_sink(file_of("out")); });
}

TEST_F(Archive, NoSinkTakesAll) {
  const auto sink = no_sink();
  sink->write(row_with("../x", "1"));
  sink->finish();
}

}  // namespace
}  // namespace fovea::test
