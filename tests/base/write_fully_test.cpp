#include "base/write_fully.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <thread>

#include "base/descriptor.h"
#include "support/read_text.h"
#include "support/temporary_directory.h"

namespace fovea::test {
namespace {

// More than a pipe holds, so that it is full again and again.
TEST(WriteFully, WaitsForAFullPipe) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_NONBLOCK), 0);
  const Descriptor from(ends[0]);
  Descriptor to(ends[1]);
  const std::string text(1 << 20, 'x');
  std::string got;
  std::jthread reader([&] {
    char piece[5000];
    while (got.size() < text.size())
      if (const ssize_t count = ::read(from.get(), piece, sizeof piece); count > 0)
        got.append(piece, static_cast<std::size_t>(count));
  });
  EXPECT_EQ(write_fully(to.get(), text), 0);
  reader.join();
  EXPECT_EQ(got, text);
}

TEST(WriteFully, WritesAtAnOffset) {
  const TemporaryDirectory folder;
  const auto file = folder.write("file", "0123456789");
  const Descriptor descriptor(::open(file.c_str(), O_WRONLY));
  EXPECT_EQ(write_fully_at(descriptor.get(), 3, std::as_bytes(std::span("abc", 3))), 0);
  EXPECT_EQ(read_text(file), "012abc6789");
}

TEST(WriteFully, SaysWhyItCannot) {
  const Descriptor full(::open("/dev/full", O_WRONLY));
  EXPECT_EQ(write_fully(full.get(), "x"), ENOSPC);
  EXPECT_EQ(write_fully(-1, "x"), EBADF);
  EXPECT_EQ(write_fully(-1, ""), 0);
}

}  // namespace
}  // namespace fovea::test
