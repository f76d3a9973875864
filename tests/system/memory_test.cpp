#include "cli/run_fovea.h"
#include "support/png_maker.h"
#include "support/test_data.h"
#include "system/real_pictures.h"

namespace fovea::test {
namespace {

TEST(Memory, AFewBytesThatClaimAHugePictureAreOneRow) {
#ifdef FOVEA_SANITIZED
  GTEST_SKIP() << "a sanitizer reserves more address space than the limit";
#endif
  const TemporaryDirectory folder;
  const std::string bomb =
      png_header({.width = 2147483647, .height = 2147483647}) + png_chunk("IDAT", "x") + png_chunk("IEND", "");
  ASSERT_LE(bomb.size(), 64u);
  const std::string good = folder.write("good.ppm", picture(1)).native();
  const ProgramResult result = run_program("/usr/bin/prlimit", {"--as=1073741824", FOVEA_PROGRAM, "classify", "-q",
                                                                folder.write("bomb.png", bomb).native(), good});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto rows = json_lines(result.out);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].at("error_code"), "LIMIT_PIXELS");
  EXPECT_EQ(rows[1].at("status"), "ok");
}

TEST(Memory, MoreThanThereIsIsARowToo) {
#ifdef FOVEA_SANITIZED
  GTEST_SKIP() << "a sanitizer reserves more address space than the limit";
#endif
  const TemporaryDirectory folder;
  const std::string huge = "P6\n20000 20000\n255\n";  // 1.2 GB of pixels, allowed by the flags
  const std::string big = folder.write("big.ppm", huge).native(), good = folder.write("good.ppm", picture(1)).native();
  const ProgramResult result = run_program("/usr/bin/prlimit", {"--as=1073741824", FOVEA_PROGRAM, "classify", "-q",
                                                                "--max-pixels=400000000", "--max-bytes=2G", big, good});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto rows = json_lines(result.out);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].at("status"), "error");
  EXPECT_EQ(rows[1].at("status"), "ok");
}

TEST(Memory, EveryFileOfTheCodecTestsIsOneRow) {
  const auto files = files_below(test_data("codec"));
  ASSERT_GT(files.size(), 200u);
  const ProgramResult result = fovea({"classify", "-q", test_data("codec").native()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto rows = json_lines(result.out);
  ASSERT_EQ(rows.size(), files.size());
  std::size_t ok = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].at("index"), i);
    const std::string path = rows[i].at("path");
    EXPECT_EQ(path, files[i].native());
    const bool picture = path.find(".npy") == path.npos && !path.ends_with(".csv");
    ok += rows[i].at("status") == "ok";
    if (!picture) {
      EXPECT_EQ(rows[i].at("error_code"), "UNKNOWN_FORMAT") << path;
    }
  }
  EXPECT_GT(ok, 100u);
}

}  // namespace
}  // namespace fovea::test
