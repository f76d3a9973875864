#include <gtest/gtest.h>
#include <sys/stat.h>

#include "array/golden_lines.h"
#include "fovea/npy.h"
#include "support/expect_error.h"
#include "support/read_text.h"
#include "support/temporary_directory.h"

namespace fovea {
namespace {

using test::expect_error;
using test::test_data;

TEST(NpyMap, ReadsAsLoadDoes) {
  for (const char* file :
       {"b1",    "u1",     "i1",       "u2_le",    "i2_le",    "i4_le",   "i8_le",  "f2_le",   "f4_le",    "f8_le",
        "c8_le", "c16_le", "version1", "version2", "version3", "fortran", "scalar", "no_rows", "one_axis", "python2"}) {
    const auto path = test_data(std::string("npy/") + file + ".npy");
    const auto mapped = map_npy(path);
    ASSERT_TRUE(mapped) << file << mapped.error().what();
    const Array loaded = load_npy(path).value();
    EXPECT_EQ(mapped.value().shape(), loaded.shape()) << file;
    EXPECT_EQ(mapped.value().dtype(), loaded.dtype()) << file;
    EXPECT_EQ(test::hex(mapped.value()), test::hex(loaded)) << file;
    EXPECT_FALSE(mapped.value().writable());
  }
  EXPECT_EQ(map_npy(test_data("npy/fortran.npy")).value().strides(), (Shape{1, 2, 6}));
}

TEST(NpyMap, Refusals) {
  const test::TemporaryDirectory folder;
  const auto code = [&](const std::filesystem::path& path, MapMode mode = MapMode::read) {
    const auto mapped = map_npy(path, mode);
    return mapped ? std::string("a map") : std::string(name(mapped.error().code())) + ' ' + mapped.error().what();
  };
  EXPECT_NE(code(test_data("npy/f4_be.npy")).find("UNSUPPORTED map: expected little-endian"), std::string::npos);
  EXPECT_NE(code(test_data("npy/odd_offset.npy")).find("UNSUPPORTED map: expected elements at a multiple of 4"),
            std::string::npos);
  EXPECT_NE(code(test_data("npy/bool_bytes.npy")).find("UNSUPPORTED map: expected 0 and 1"), std::string::npos);
  const std::string good = test::read_text(test_data("npy/f4_le.npy"));
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_NE(code(folder.write("a.npy", good.substr(0, size))), "a map") << size;
  EXPECT_NE(code(folder.write("a.npy", good + "x")).find("CORRUPT"), std::string::npos);
  EXPECT_NE(code(folder.path() / "none.npy").find("NOT_FOUND"), std::string::npos);
  EXPECT_NE(code(folder.path()).find("NOT_A_FILE"), std::string::npos);
  EXPECT_NE(code(folder.path(), MapMode::read_write), "a map");
  EXPECT_NE(code("/dev/null").find("NOT_A_FILE"), std::string::npos);
  expect_error(Errc::invalid_argument, "for reading only",
               [] { (void)map_npy(test_data("npy/f4_le.npy")).value().span<float>(); });
  expect_error(Errc::not_found, "writing", [&] { map_npy_new(folder.path() / "no/a.npy", DType::u8, {2}); });
  expect_error(Errc::not_a_file, "writing", [&] { map_npy_new(folder.path(), DType::u8, {2}); });
  expect_error(Errc::invalid_argument, "extents of 0", [&] { map_npy_new(folder.path() / "b.npy", DType::u8, {-1}); });
  expect_error(Errc::invalid_argument, "2^63", [&] {
    map_npy_new(folder.path() / "b.npy", DType::u8, {std::int64_t{1} << 62, 2});
  });
  expect_error(Errc::unsupported, "bf16", [&] { map_npy_new(folder.path() / "b.npy", DType::bf16, {2}); });
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "b.npy"));
}

TEST(NpyMap, Writes) {
  const test::TemporaryDirectory folder;
  const auto path = folder.path() / "a.npy";
  {
    const Array made = map_npy_new(path, DType::f32, {2, 3});
    EXPECT_EQ(test::hex(made), std::string(48, '0'));
    made.span<float>()[4] = 2.5f;
    flush(made);
    flush(made[1].slice(0, {.step = -1}));
  }
  save_npy(folder.path() / "b.npy", Array::of<float>(std::vector<float>{0, 0, 0, 0, 2.5f, 0}, {2, 3}));
  EXPECT_EQ(test::read_text(path), test::read_text(folder.path() / "b.npy"));
  Array part = map_npy(path, MapMode::read_write).value()[0];  // outlives the whole
  part.span<float>()[0] = 1;
  EXPECT_EQ(load_npy(path).value()[0][0].item<float>(), 1);
  const Array old = map_npy(path).value();
  EXPECT_EQ(map_npy_new(path, DType::u8, {0, 4}).size(), 0);
  EXPECT_EQ(old[1][1].item<float>(), 2.5f);  // of the file that was there
  EXPECT_EQ(load_npy(path).value().shape(), (Shape{0, 4}));
  flush(Array::ones({3}));
  flush(Array());
}

// 3 GiB and 5 GiB without holes filled: positions past 2^31 elements and 2^32 bytes.
TEST(NpyMap, BeyondFourGibibytes) {
  const test::TemporaryDirectory folder;
  const auto path = folder.path() / "big.npy";
  const std::int64_t rows = std::int64_t{5} << 20, columns = 1024;
  {
    const Array array = map_npy_new(path, DType::u8, {rows, columns});
    ASSERT_EQ(array.size(), std::int64_t{5} << 30);
    for (std::int64_t row : {std::int64_t{0}, std::int64_t{1} << 21, std::int64_t{1} << 22, rows - 1})
      array[row].span<std::uint8_t>()[1023] = static_cast<std::uint8_t>(row % 251 + 1);
    flush(array.slice(0, {rows - 1}));
  }
  EXPECT_EQ(std::filesystem::file_size(path), (std::uintmax_t{5} << 30) + 128);
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_LT(status.st_blocks * 512, 64 << 20);
  const Array array = map_npy(path).value();
  const Array column = array.transpose()[-1];
  for (std::int64_t row : {std::int64_t{0}, std::int64_t{1} << 21, std::int64_t{1} << 22, rows - 1})
    EXPECT_EQ(column[row].item<std::uint8_t>(), row % 251 + 1);
  EXPECT_EQ(array.reshape({-1})[-1].item<std::uint8_t>(), (rows - 1) % 251 + 1);
  const auto loaded = load_npy(path, std::int64_t{1} << 30);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code(), Errc::limit_bytes);
}

}  // namespace
}  // namespace fovea
