// The library of faults, on programs whose behaviour is known: the drivers of tests/torture/ rely on it.
#include <cstdlib>

#include "cli/run_fovea.h"

namespace fovea::test {
namespace {

class Faults : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(library)) GTEST_SKIP() << "built without " << library;
  }

  // Three writes of 1000 bytes.
  ProgramResult write_thrice(const std::string& plan) { return shell("dd if=/dev/zero of=out bs=1000 count=3", plan); }

  ProgramResult shell(const std::string& command, const std::string& plan, const std::string& keep = "log") {
    const std::string faults = plan + ";under=" + folder_.path().native() + ";" + keep + "=" + log().native();
    return run_program(
        "/bin/sh", {"-c", "LD_PRELOAD=" + library + " FOVEA_FAULTS='" + faults + "' exec " + command},
        {.environment = {{"LC_ALL", "C"}}, .folder = folder_.path().native(), .out_file = "", .started = {}});
  }

  std::filesystem::path file(const std::string& name) const { return folder_.path() / name; }
  std::filesystem::path log() const { return logs_.path() / "log"; }
  auto size() const { return std::filesystem::file_size(file("out")); }

  const std::string library = FOVEA_BINARY_DIR "/tests/libfovea_faults.so";
  TemporaryDirectory folder_, logs_;
};

TEST_F(Faults, CountAndNameTheCalls) {
  EXPECT_EQ(write_thrice("call=write,create").exit_code, 0);
  const std::string out = " " + file("out").native() + "\n";
  EXPECT_EQ(read_text(log()), "1 create 0" + out + "2 write 1000" + out + "3 write 1000" + out + "4 write 1000" + out);
}

TEST_F(Faults, FailOnceOrForEver) {
  EXPECT_EQ(write_thrice("call=write;at=2;do=fail:EINTR").exit_code, 0);  // dd tries again
  EXPECT_EQ(size(), 3000u);
  const ProgramResult full = write_thrice("call=write;at=2;do=fail:ENOSPC");
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_NE(full.err.find("No space left on device"), std::string::npos) << full.err;
  EXPECT_EQ(size(), 1000u);
  EXPECT_EQ(write_thrice("call=write;from=4;do=fail:EIO").exit_code, 0);
  EXPECT_EQ(write_thrice("call=write;from=1;do=fail:EIO").exit_code, 1);
  EXPECT_EQ(size(), 0u);
}

TEST_F(Faults, ShortenWrites) {
  EXPECT_EQ(write_thrice("call=write;at=2;do=short").exit_code, 0);
  const std::string text = read_text(log());
  EXPECT_NE(text.find("2 write 1000 " + file("out").native() + " *\n3 write 499 "), std::string::npos) << text;
  EXPECT_EQ(size(), 3000u);
}

TEST_F(Faults, KillBeforeMidwayAndAfter) {
  EXPECT_EQ(write_thrice("call=write;at=2;do=kill-before").exit_code, 128 + SIGKILL);
  EXPECT_EQ(size(), 1000u);
  EXPECT_EQ(write_thrice("call=write;at=2;do=kill-midway").exit_code, 128 + SIGKILL);
  EXPECT_EQ(size(), 1500u);
  EXPECT_EQ(write_thrice("call=write;at=2;do=kill-after").exit_code, 128 + SIGKILL);
  EXPECT_EQ(size(), 2000u);
}

TEST_F(Faults, RecordWhatWasDone) {
  const std::string out = file("out").native(), calls = "call=changes,sync";
  shell("dd if=/dev/zero of=out bs=2 count=2 conv=fsync", calls, "record");
  shell("dd if=/dev/zero of=out bs=1 seek=3 count=1 conv=notrunc", calls + ";at=2;do=fail:ENOSPC", "record");
  shell("mv out other", calls, "record");
  shell("rm other", calls, "record");
  const std::string two(2, '\0'), other = file("other").native();
  EXPECT_EQ(read_text(log()), "create 0 0 " + out + "\ntruncate 0 0 " + out + "\nwrite 0 2 " + out + "\n" + two +
                                  "write 2 2 " + out + "\n" + two + "sync 0 0 " + out + "\n" + "create 0 0 " + out +
                                  "\n" +  // whose write failed
                                  "rename 0 0 " + out + "\t" + other + "\nunlink 0 0 " + other + "\n");
}

TEST_F(Faults, TheSameSeedStrikesTheSameCalls) {
  const auto struck = [&](const std::string& seed) {
    std::filesystem::remove(log());
    shell("dd if=/dev/zero of=out bs=10 count=100", "call=write;every=4;do=delay:0;seed=" + seed);
    std::vector<std::size_t> numbers;
    const auto lines = lines_of(read_text(log()));
    for (std::size_t i = 0; i < lines.size(); ++i)
      if (lines[i].ends_with(" *")) numbers.push_back(i);
    return numbers;
  };
  const auto first = struck("1");
  EXPECT_GT(first.size(), 10u);
  EXPECT_LT(first.size(), 45u);
  EXPECT_EQ(first, struck("1"));
  EXPECT_NE(first, struck("2"));
}

TEST_F(Faults, ReachNames) {
  const struct {
    const char *command, *call;
  } cases[] = {
      {"mv old new", "rename"},  {"rm old", "unlink"}, {"rmdir folder", "unlink"},        {"mkdir new", "mkdir"},
      {"ln old new", "link"},    {"cat old", "open"},  {"truncate -s 9 old", "truncate"}, {"cat old", "read"},
      {"flock old true", "lock"}};
  for (const auto& [command, call] : cases) {
    folder_.write("old", "old");
    std::filesystem::create_directory(file("folder"));
    EXPECT_NE(shell(command, std::string("call=") + call + ";from=1;do=fail:EIO").exit_code, 0) << command;
    EXPECT_EQ(read_text(file("old")), "old") << command;
    EXPECT_TRUE(std::filesystem::exists(file("folder"))) << command;
    EXPECT_FALSE(std::filesystem::exists(file("new"))) << command;
  }
}

TEST_F(Faults, LeaveOtherPathsAndOtherCallsAlone) {
  EXPECT_EQ(write_thrice("call=rename,read;from=1;do=fail:EIO").exit_code, 0);
  folder_.write("old", "old");
  TemporaryDirectory other;
  const std::string elsewhere = (other.path() / "copy").native();
  EXPECT_EQ(shell("dd if=old of=" + elsewhere, "call=write;from=1;do=fail:EIO").exit_code, 0);
  EXPECT_EQ(read_text(elsewhere), "old");
}

TEST_F(Faults, RefuseAMemory) {
  EXPECT_EQ(run_program("/bin/sh", {"-c", "LD_PRELOAD=" + library +
                                              " FOVEA_FAULTS='call=allocate;from=1;do=fail:ENOMEM' dd "
                                              "if=/dev/zero of=/dev/null bs=1000 count=1"})
                .exit_code,
            1);
}

TEST_F(Faults, RefuseAPlanThatIsNone) {
  for (const char* plan : {"call=wrte", "at=1", "call=write;at=x", "call=write;do=fail:EWHAT", "call=write;do=harm",
                           "call=write;log=a;at=1"}) {
    const ProgramResult result = run_program(
        "/bin/sh", {"-c", "LD_PRELOAD=" + library + " FOVEA_FAULTS='" + plan + "' exec dd if=/dev/null of=/dev/null"});
    EXPECT_EQ(result.exit_code, 125) << plan;
    EXPECT_NE(result.err.find("FOVEA_FAULTS: expected"), std::string::npos) << plan << result.err;
  }
}

}  // namespace
}  // namespace fovea::test
