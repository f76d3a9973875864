#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "fovea/memory_adaptors.h"
#include "support/expect_error.h"
#include "support/temporary_directory.h"

namespace fovea {
namespace {

struct Row {
  long thread = 0;
  std::string action;
  std::uintptr_t pointer = 0, stream = 0;
  std::size_t bytes = 0;
};

// Read by a pattern of the whole line, so that a column more or a sign less does not go unseen.
Row read_row(const std::string& line) {
  Row row;
  std::array<char, 20> action{};
  int hours = -1, minutes = -1, seconds = -1, micros = -1, end = 0;
  const int fields =
      std::sscanf(line.c_str(), "%ld,%2d:%2d:%2d.%6d,%19[a-z ],0x%" SCNxPTR ",%zu,0x%" SCNxPTR "%n", &row.thread,
                  &hours, &minutes, &seconds, &micros, action.data(), &row.pointer, &row.bytes, &row.stream, &end);
  EXPECT_EQ(fields, 9) << line;
  EXPECT_EQ(static_cast<std::size_t>(end), line.size()) << line;
  EXPECT_TRUE(hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60 && seconds >= 0 && seconds <= 60) << line;
  EXPECT_TRUE(micros >= 0 && line.find('.') + 7 == line.find(action.data()) - 1) << line;
  row.action = action.data();
  return row;
}

std::vector<Row> rows(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "Thread,Time,Action,Pointer,Size,Stream");
  std::vector<Row> result;
  while (std::getline(lines, line)) result.push_back(read_row(line));
  return result;
}

std::uintptr_t number(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

TEST(LoggingMemory, WritesALineACall) {
  std::ostringstream log;
  const Stream stream;
  void *first = nullptr, *second = nullptr;
  {
    LoggingMemory memory(std::make_shared<LimitMemory>(host_memory(), 1000), log);
    first = memory.allocate(100);
    second = memory.allocate_async(200, stream);
    test::expect_error(Errc::limit_memory, "701", [&] { (void)memory.allocate(701); });
    memory.deallocate_async(second, 200, stream);
    memory.deallocate(first, 100);
    memory.flush();
  }
  const std::vector<Row> read = rows(log.str());
  ASSERT_EQ(read.size(), 5u);
  const char* actions[] = {"allocate", "allocate", "allocate failure", "free", "free"};
  const std::size_t bytes[] = {100, 200, 701, 200, 100};
  const std::uintptr_t pointers[] = {number(first), number(second), 0, number(second), number(first)};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(read[i].thread, ::gettid());
    EXPECT_EQ(read[i].action, actions[i]);
    EXPECT_EQ(read[i].bytes, bytes[i]);
    EXPECT_EQ(read[i].pointer, pointers[i]);
    EXPECT_EQ(read[i].stream != 0, i == 1 || i == 3);
  }
  EXPECT_EQ(read[1].stream, read[3].stream);
}

// A pointer's lines alternate, whichever threads they come from.
TEST(LoggingMemory, FromManyThreads) {
  std::ostringstream log;
  {
    LoggingMemory memory(host_memory(), log);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&memory] {
        for (int k = 0; k < 200; ++k) memory.deallocate(memory.allocate(5000), 5000);
      });
    for (std::thread& thread : threads) thread.join();
  }
  std::map<std::uintptr_t, bool> live;
  const std::vector<Row> read = rows(log.str());
  EXPECT_EQ(read.size(), 1600u);
  for (const Row& row : read)
    EXPECT_EQ(std::exchange(live[row.pointer], row.action == "allocate"), row.action == "free");
}

// Looks at the log while it is called.
class Watcher final : public Memory {
 public:
  explicit Watcher(const std::ostringstream& log) : log_(log) {}
  void* allocate(std::size_t) override { return this; }
  void deallocate(void*, std::size_t) noexcept override { text = log_.str(); }
  Device device() const override { return Device::cpu(); }

  std::string text;

 private:
  const std::ostringstream& log_;
};

// Another thread may get the address, and log that, as soon as the upstream has it.
TEST(LoggingMemory, LogsBeforeItGivesBack) {
  std::ostringstream log;
  const auto upstream = std::make_shared<Watcher>(log);
  LoggingMemory memory(upstream, log);
  memory.deallocate(memory.allocate(8), 8);
  EXPECT_EQ(rows(upstream->text).back().action, "free");
}

TEST(LoggingMemory, ReplacesAFile) {
  const test::TemporaryDirectory directory;
  const auto path = directory.path() / "memory.csv";
  std::ofstream(path) << "something longer than a line of the log, which must go\nand another\n";
  {
    LoggingMemory memory(host_memory(), path);
    memory.deallocate(memory.allocate(8), 8);
  }
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(rows(text.str()).size(), 2u);
}

TEST(LoggingMemory, AFileThatCannotBeOpenedIsAnError) {
  const test::TemporaryDirectory directory;
  test::expect_error(Errc::not_found, "memory log",
                     [&] { LoggingMemory memory(host_memory(), directory.path() / "none" / "memory.csv"); });
}

TEST(LoggingMemory, MemoryGoesOnWhenALineCannotBeWritten) {
  LoggingMemory memory(host_memory(), std::filesystem::path("/dev/full"));
  void* block = memory.allocate(100);
  EXPECT_NE(block, nullptr);
  test::expect_error(Errc::io, "memory log", [&] { memory.flush(); });
  memory.deallocate(block, 100);
}

// The head of the table and nothing after it.
struct OneLine : std::stringbuf {
  std::streamsize xsputn(const char* text, std::streamsize count) override {
    return str().empty() ? std::stringbuf::xsputn(text, count) : 0;
  }
};

TEST(LoggingMemory, AStreamThatThrowsFailsNoCallButFlush) {
  OneLine line;
  std::ostream out(&line);
  out.exceptions(std::ios::badbit | std::ios::failbit);
  LoggingMemory memory(host_memory(), out);
  void* block = memory.allocate(100);
  EXPECT_NE(block, nullptr);
  test::expect_error(Errc::io, "memory log", [&] { memory.flush(); });
  memory.deallocate(block, 100);
}

}  // namespace
}  // namespace fovea
