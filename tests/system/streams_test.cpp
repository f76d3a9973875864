#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/run_program.h"

namespace fovea {
namespace {

using test::ProgramResult;
using test::run_program;
using testing::ContainsRegex;
using testing::HasSubstr;

ProgramResult run_example(const std::string& name, const std::vector<std::string>& arguments = {}) {
  return run_program(FOVEA_BINARY_DIR "/examples/streams_" + name + "_example", arguments);
}

TEST(StreamExamples, Priorities) {
  const ProgramResult result = run_example("priorities");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "priorities: 0 (lowest) to -5 (highest)\norder: background urgent background \n");
}

TEST(StreamExamples, Timing) {
  const ProgramResult result = run_example("timing");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, ContainsRegex("^flip on cpu: [0-9]+\\.[0-9]+ ms\n$"));
}

TEST(StreamExamples, Graph) {
  const ProgramResult result = run_example("graph");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            "node copy 16384 bytes cpu to cpu\nnode flip\nnode box_filter\nnode copy 16384 bytes cpu to cpu\n"
            "picture 1: 1.0\npicture 2: 2.0\npicture 3: 3.0\n");
}

TEST(StreamExamples, Overlap) {
  const ProgramResult result = run_example("overlap");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "4.0\n5.0\n");
}

TEST(StreamExamples, ADeviceThatIsNotThere) {
  const ProgramResult result = run_example("overlap", {"cuda:999"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("cuda:999"));
}

}  // namespace
}  // namespace fovea
