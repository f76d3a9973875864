#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>
#include <vector>

#include "base/read_fully.h"
#include "support/temporary_directory.h"

namespace fovea {
namespace {

using test::TemporaryDirectory;
namespace fs = std::filesystem;

constexpr std::int64_t no_limit = std::int64_t{1} << 40;

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Both ways to read must agree.
void expect_failure(const fs::path& path, std::int64_t limit, Errc code, const std::string& part) {
  const auto once = read_file(path, limit);
  ASSERT_FALSE(once) << path;
  EXPECT_EQ(name(once.error().code()), name(code)) << once.error().what();
  EXPECT_NE(std::string(once.error().what()).find(part), std::string::npos) << once.error().what();
  EXPECT_EQ(std::string(once.error().what()).find(path.filename().string()), std::string::npos) << once.error().what();
  FileReader reader;
  const auto kept = reader.read(path, limit);
  ASSERT_FALSE(kept) << path;
  EXPECT_EQ(std::string(kept.error().what()), once.error().what());
}

TEST(File, ReadsBytes) {
  const TemporaryDirectory folder;
  std::string large(5 << 20, 'x');
  large[0] = 'a';
  large.back() = 'z';
  FileReader reader;
  for (const std::string& content : {std::string(), std::string("one"), std::string("a\0b\n", 4), large}) {
    const fs::path path = folder.write("file", content);
    EXPECT_EQ(text_of(read_file(path, no_limit).value().bytes()), content);
    EXPECT_EQ(text_of(reader.read(path, no_limit).value()), content);
  }
}

TEST(File, LargeBlocksLieOnHugePages) {
  const TemporaryDirectory folder;
  const auto bytes = read_file(folder.write("file", std::string((4 << 20) + 1, 'x')), no_limit).value();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bytes.data.get()) % (2 << 20), 0u);
}

TEST(File, BytesStayWhenTheFileChanges) {
  const TemporaryDirectory folder;
  const auto bytes = read_file(folder.write("file", "before"), no_limit).value();
  folder.write("file", "after!");
  EXPECT_EQ(text_of(bytes.bytes()), "before");
}

TEST(File, LimitIsInclusive) {
  const TemporaryDirectory folder;
  const fs::path path = folder.write("data", "12345");
  EXPECT_TRUE(read_file(path, 5));
  expect_failure(path, 4, Errc::limit_bytes, "expected at most 4 bytes, got 5");
}

// A sparse file of 1 TiB: a read that allocated first would fail otherwise, or take the machine's memory.
TEST(File, LimitComesBeforeAllocation) {
  const TemporaryDirectory folder;
  const fs::path path = folder.write("sparse", "");
  ASSERT_EQ(::truncate(path.c_str(), off_t{1} << 40), 0);
  expect_failure(path, 1 << 20, Errc::limit_bytes, "1099511627776");
}

TEST(File, WhatIsNotAFile) {
  const TemporaryDirectory folder;
  const fs::path pipe = folder.path() / "pp", socket = folder.path() / "sk";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  expect_failure(folder.path(), no_limit, Errc::not_a_file, "a directory");
  expect_failure(pipe, no_limit, Errc::not_a_file, "a pipe");
  expect_failure(socket, no_limit, Errc::not_a_file, "file: ");
  expect_failure("/dev/zero", no_limit, Errc::not_a_file, "a device");
  ::close(fd);
}

TEST(File, WhatIsNotFound) {
  const TemporaryDirectory folder;
  const fs::path plain = folder.write("plain.bin", "x");
  fs::create_symlink("loop.a", folder.path() / "loop.b");
  fs::create_symlink("loop.b", folder.path() / "loop.a");
  fs::create_symlink("nowhere", folder.path() / "dangling");
  expect_failure(folder.path() / "missing.bin", no_limit, Errc::not_found, "No such file");
  expect_failure(folder.path() / "dangling", no_limit, Errc::not_found, "No such file");
  expect_failure(plain / "below", no_limit, Errc::not_found, "Not a directory");
  expect_failure(folder.path() / "loop.a", no_limit, Errc::not_found, "symbolic links");
  expect_failure(folder.path() / std::string(300, 'n'), no_limit, Errc::not_found, "name too long");
}

TEST(File, Unreadable) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const TemporaryDirectory folder;
  const fs::path path = folder.write("secret.bin", "x");
  fs::permissions(path, fs::perms::none);
  expect_failure(path, no_limit, Errc::permission, "Permission denied");
}

// Whatever the moment of the change, there are the bytes of one size, or CHANGED.
TEST(File, ChangesWhileItIsRead) {
  const TemporaryDirectory folder;
  const fs::path path = folder.write("data", std::string(1 << 20, 'x'));
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    while (!stop) {
      if (::truncate(path.c_str(), 10) != 0 || ::truncate(path.c_str(), 1 << 20) != 0) break;
    }
  });
  for (int i = 0; i < 200; ++i) {
    const auto got = read_file(path, no_limit);
    if (got)
      EXPECT_TRUE(got.value().size == 10 || got.value().size == 1 << 20) << got.value().size;
    else
      EXPECT_EQ(got.error().code(), Errc::changed) << got.error().what();
  }
  stop = true;
  writer.join();
}

// A file of the kernel says that it has 0 bytes, or a page; sysfs gives fewer than that page.
TEST(File, ShrinksWhileItIsRead) {
  const fs::path path = "/sys/kernel/mm/transparent_hugepage/enabled";
  if (!fs::exists(path)) GTEST_SKIP() << "no such file in this kernel";
  const auto got = read_file(path, no_limit);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), Errc::changed) << got.error().what();
}

struct Scripted {
  std::vector<ssize_t> answers;  // negative: fails with that errno
  std::size_t calls = 0;
  ssize_t operator()(std::byte* to, std::size_t room) {
    const ssize_t answer = answers.at(calls++);
    if (answer < 0) {
      errno = static_cast<int>(-answer);
      return -1;
    }
    EXPECT_LE(static_cast<std::size_t>(answer), room);
    std::memset(to, static_cast<int>('0' + calls), static_cast<std::size_t>(answer));
    return answer;
  }
};

TEST(ReadFully, RetriesInterruptedAndShortReads) {
  std::string buffer(6, '.');
  Scripted reads{{-EINTR, 1, 2, -EINTR, -EINTR, 3}};
  EXPECT_EQ(read_fully(std::as_writable_bytes(std::span(buffer)), reads), ReadEnd::full);
  EXPECT_EQ(buffer, "233666");
}

TEST(ReadFully, EndAndFailure) {
  std::string buffer(6, '.');
  Scripted early{{4, 0}};
  EXPECT_EQ(read_fully(std::as_writable_bytes(std::span(buffer)), early), ReadEnd::early);
  Scripted failing{{4, -EIO}};
  EXPECT_EQ(read_fully(std::as_writable_bytes(std::span(buffer)), failing), ReadEnd::failed);
  EXPECT_EQ(errno, EIO);
}

}  // namespace
}  // namespace fovea
