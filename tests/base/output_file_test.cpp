#include "base/output_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <iterator>
#include <string_view>

#include "support/expect_error.h"
#include "support/read_text.h"
#include "support/temporary_directory.h"

namespace fovea {
namespace {

using test::expect_error;
using test::read_text;
namespace fs = std::filesystem;

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}
auto entries(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), {});
}

TEST(OutputFile, ReplacesOnCommitOnly) {
  const test::TemporaryDirectory folder;
  const fs::path path = folder.write("result", "old");
  {
    OutputFile dropped = OutputFile::replacing(path);
    dropped.write(bytes("half"));
  }
  EXPECT_EQ(read_text(path), "old");
  OutputFile file = OutputFile::replacing(path);
  file.write(bytes("new "));
  file.write(bytes("text"));
  EXPECT_EQ(read_text(path), "old");
  file.commit();
  EXPECT_EQ(read_text(path), "new text");
  EXPECT_EQ(entries(folder.path()), 1);
}

TEST(OutputFile, WritesInPlace) {
  const test::TemporaryDirectory folder;
  const fs::path path = folder.write("result", "something longer");
  OutputFile file = OutputFile::truncating(path);
  file.write(bytes("abcdef"));
  file.write_at(1, bytes("XY"));
  file.write(bytes("g"));
  EXPECT_EQ(read_text(path), "aXYdefg");
  file.commit();
}

TEST(OutputFile, Refusals) {
  const test::TemporaryDirectory folder;
  const fs::path pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (auto open : {OutputFile::replacing, OutputFile::truncating}) {
    expect_error(Errc::not_found, "No such file", [&] { open(folder.path() / "no/file"); });
    expect_error(Errc::not_a_file, "writing", [&] { open(folder.path()); });
    expect_error(Errc::not_a_file, "writing", [&] { open(pipe); });
    expect_error(Errc::not_a_file, "writing", [&] { open("/dev/full"); });
  }
  EXPECT_EQ(entries(folder.path()), 1);
}

}  // namespace
}  // namespace fovea
