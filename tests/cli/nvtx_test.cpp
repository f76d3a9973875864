#include <gmock/gmock.h>

#include "run_fovea.h"

namespace fovea::test {
namespace {

constexpr const char* tool = FOVEA_BINARY_DIR "/tests/libfovea_nvtx_tool.so";

ProgramResult eval_under(const std::string& library, const std::string& log, const std::string& refuse = "") {
  ProgramOptions options;
  options.environment = {{"NVTX_INJECTION64_PATH", library}, {"FOVEA_NVTX_LOG", log}};
  if (!refuse.empty()) options.environment.emplace_back("FOVEA_NVTX_REFUSE", refuse);
  return fovea({"eval", "-q", "x = sort([3, 1, 2]); sum(x)"}, options);
}

TEST(Nvtx, AToolSeesOpsAndEvaluationsAsRanges) {
  const TemporaryDirectory folder;
  const std::string log = (folder.path() / "log").native();
  const ProgramResult result = eval_under(tool, log);
  EXPECT_EQ(result.out, "6\n") << result.err;
  EXPECT_EQ(result.err, "");
  int depth = 0;
  for (const std::string& line : lines_of(read_text(log))) {
    depth += line.starts_with('+') ? 1 : -1;
    EXPECT_GE(depth, 0);
  }
  EXPECT_EQ(depth, 0);
  EXPECT_THAT(lines_of(read_text(log)), testing::IsSupersetOf({"+sort", "+eval", "-"}));
}

TEST(Nvtx, AToolThatIsMissingRefusesOrIsNoneChangesNothing) {
  const TemporaryDirectory folder;
  const std::string log = (folder.path() / "log").native();
  const std::string other = folder.write("other.so", "no library").native();
  for (const std::string& library :
       {std::string("/nonexistent/tool.so"), other, std::string("libz.so.1"), std::string()}) {
    const ProgramResult result = eval_under(library, log);
    EXPECT_EQ(result.out, "6\n") << library;
    EXPECT_EQ(result.err, "") << library;
  }
  EXPECT_EQ(eval_under(tool, log, "1").out, "6\n");
  EXPECT_FALSE(std::filesystem::exists(log));
}

}  // namespace
}  // namespace fovea::test
