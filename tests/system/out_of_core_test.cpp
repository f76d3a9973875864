#include <cmath>

#include "cli/run_fovea.h"
#include "fovea/npy.h"

// Arrays four times what the process may allocate: its private memory is limited, its maps of files are not.
namespace fovea::test {
namespace {

constexpr std::int64_t limit_kib = 160 << 10, rows = 10'240, columns = 16'384;  // of f32: 640 MiB

ProgramResult limited(const std::string& arguments) {
  return run_program(
      "/bin/sh", {"-c", "ulimit -d " + std::to_string(limit_kib) + "; exec " FOVEA_PROGRAM " eval -q " + arguments});
}

class OutOfCore : public testing::Test {
 protected:
  void SetUp() override {
#ifdef FOVEA_SANITIZED
    GTEST_SKIP() << "sanitizers' shadow memory is above the limit";
#endif
    const Array x = map_npy_new(file("x.npy"), DType::f32, {rows, columns});
    for (std::int64_t k = 0; k < x.shape()[0]; ++k) x.span<float>()[static_cast<std::size_t>(k * columns)] = 4;
  }
  std::string file(const char* name) const {
    return (folder_.path() / name).native();
  }

 private:
  TemporaryDirectory folder_;
};

TEST_F(OutOfCore, AReductionReadsAMapFourTimesTheLimit) {
  const ProgramResult result = limited("'sum(sqrt(x) + x**2)' x=" + file("x.npy"));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, std::to_string(rows * 18) + ".0\n");
}

TEST_F(OutOfCore, AFilterGoesFromMapToMap) {
  const ProgramResult result = limited("'box_filter(x, size=[3, 1])' x=" + file("x.npy") + " -o " + file("y.npy"));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Array y = map_npy(file("y.npy")).value();
  EXPECT_EQ(y.shape(), (Shape{rows, columns}));
  EXPECT_EQ(y[5].slice(0, {0, 2}).span<const float>()[0], 4);
  EXPECT_EQ(y[5].slice(0, {0, 2}).span<const float>()[1], 0);
}

TEST_F(OutOfCore, WhatMustBeInMemoryIsRefusedByItsSize) {
  const ProgramResult result = limited("'sum(sort(x))' x=" + file("x.npy"));
  EXPECT_EQ(result.exit_code, 70) << result.out << result.err;
  EXPECT_NE(result.err.find("OUT_OF_MEMORY"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace fovea::test
