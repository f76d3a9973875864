#include "fovea/npy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "array/convert.h"
#include "base/half.h"
#include "support/expect_error.h"
#include "support/read_text.h"
#include "support/temporary_directory.h"
#include "support/test_data.h"

namespace fovea {
namespace {

using test::expect_error;
using test::test_data;
using Floats = std::vector<float>;

Floats floats(const Array& array) {
  const Array converted = to_f32(array);
  const auto span = converted.span<float>();
  return {span.begin(), span.end()};
}
Floats counting(int count) {
  Floats values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), 0.0f);
  return values;
}

struct Case {
  const char* file;
  DType dtype;
  Shape shape;
  Floats values;
};

// The files are NumPy's: tests/data/make_npy.py.
TEST(Npy, LoadsWhatNumPyWrote) {
  const Floats truths{0, 1, 1, 1, 0, 0}, natural{0, 1, 2, 3, 200, 255}, whole{0, 1, -2, 3, -4, 100};
  const Floats real{0, 1.5f, -2.25f, 0.0009765625f, -4, INFINITY};
  const Shape s{2, 3};
  const std::vector<Case> cases{
      {"b1", DType::boolean, s, truths},
      {"u1", DType::u8, s, natural},
      {"i1", DType::i8, s, whole},
      {"u2_le", DType::u16, s, natural},
      {"u2_be", DType::u16, s, natural},
      {"i2_le", DType::i16, s, whole},
      {"i2_be", DType::i16, s, whole},
      {"i4_le", DType::i32, s, whole},
      {"i4_be", DType::i32, s, whole},
      {"i8_le", DType::i64, s, whole},
      {"i8_be", DType::i64, s, whole},
      {"f2_le", DType::f16, s, real},
      {"f2_be", DType::f16, s, real},
      {"f4_le", DType::f32, s, real},
      {"f4_be", DType::f32, s, real},
      {"f8_le", DType::f64, s, real},
      {"f8_be", DType::f64, s, real},
      {"version1", DType::f32, {2, 3, 4}, counting(24)},
      {"version2", DType::f32, {2, 3, 4}, counting(24)},
      {"version3", DType::f32, {2, 3, 4}, counting(24)},
      {"fortran", DType::f32, {2, 3, 4}, counting(24)},
      {"fortran_be", DType::f64, {2, 3, 4}, counting(24)},
      {"scalar", DType::f32, {}, {7.5f}},
      {"no_rows", DType::f32, {0, 3}, {}},
      {"one_axis", DType::i16, {2}, {1, 2}},
      {"python2", DType::f32, {2, 3}, counting(6)},
      {"odd_offset", DType::f32, {2}, {1, -1}},
      {"bool_bytes", DType::boolean, {4}, {0, 1, 1, 1}},
  };
  for (const Case& c : cases) {
    const auto loaded = load_npy(test_data(std::string("npy/") + c.file + ".npy"));
    ASSERT_TRUE(loaded) << c.file << ": " << loaded.error().what();
    const Array& array = loaded.value();
    EXPECT_EQ(array.dtype(), c.dtype) << c.file;
    EXPECT_EQ(array.shape(), c.shape) << c.file;
    EXPECT_TRUE(array.contiguous()) << c.file;
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(array.data()) % size_of(array.dtype()), 0u) << c.file;
    EXPECT_EQ(floats(array), c.values) << c.file;
  }
}

// Where we and NumPy write the same header the files are the same to the byte.
TEST(Npy, SavesAsNumPyDoes) {
  const test::TemporaryDirectory folder;
  for (const char* file : {"b1", "u1", "i1", "u2_le", "i2_le", "i4_le", "i8_le", "f2_le", "f4_le", "f8_le", "c8_le",
                           "c16_le", "version1", "scalar", "no_rows", "one_axis"}) {
    const auto original = test_data(std::string("npy/") + file + ".npy");
    const auto path = folder.path() / "saved.npy";
    save_npy(path, load_npy(original).value());
    EXPECT_EQ(test::read_text(path), test::read_text(original)) << file;
  }
}

TEST(Npy, ComplexNumbers) {
  const std::vector<std::complex<double>> expected{{1, 2}, {0, -0.5}, {3, 0}, {4, -1}, {INFINITY, 0}, {0.25, 1e10}};
  for (const char* file : {"c8_le", "c8_be", "c16_le", "c16_be"}) {
    const Array array = load_npy(test_data(std::string("npy/") + file + ".npy")).value();
    EXPECT_EQ(array.shape(), (Shape{2, 3})) << file;
    EXPECT_EQ(array.dtype(), file[1] == '8' ? DType::c64 : DType::c128) << file;
    const Array flat = array.reshape({-1});
    for (std::int64_t i = 0; i < 6; ++i) {
      const Scalar got = flat[i].scalar();
      EXPECT_EQ(std::get<std::complex<double>>(got.value()), expected[static_cast<std::size_t>(i)]) << file << i;
    }
  }
}

TEST(Npy, LimitOfBytes) {
  const auto path = test_data("npy/f8_le.npy");
  EXPECT_TRUE(load_npy(path, 48));
  const auto refused = load_npy(path, 47);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::limit_bytes);
  EXPECT_NE(std::string(refused.error().what()).find("at most 47 bytes of elements, got 48"), std::string::npos);
  expect_error(Errc::invalid_argument, "max_bytes", [&] { (void)load_npy(path, -1); });
}

TEST(Npy, SavesViews) {
  const test::TemporaryDirectory folder;
  const auto path = folder.path() / "view.npy";
  const Array array = Array::of<float>(counting(6), {2, 3});
  save_npy(path, array.transpose());
  const Array back = load_npy(path).value();
  EXPECT_EQ(back.shape(), (Shape{3, 2}));
  EXPECT_EQ(floats(back), (Floats{0, 3, 1, 4, 2, 5}));
}

TEST(Npy, LoadedArraysAreTheirOwn) {
  const test::TemporaryDirectory folder;
  const auto path = folder.path() / "a.npy";
  save_npy(path, Array::of<float>(counting(3), {3}));
  const Array array = load_npy(path).value();
  array.span<float>()[0] = 9;
  EXPECT_EQ(floats(load_npy(path).value()), (Floats{0, 1, 2}));
}

TEST(Npy, RefusesToSave) {
  const test::TemporaryDirectory folder;
  const auto path = folder.write("kept.npy", "old");
  expect_error(Errc::unsupported, "got bf16; convert to f32 first",
               [&] { save_npy(path, Array::zeros({2}, DType::bf16)); });
  int there = 0;
  expect_error(Errc::invalid_argument, "cuda:0; use to(Device::cpu())",
               [&] { save_npy(path, Array::borrow(&there, {1}, DType::i32, nullptr, Device::cuda())); });
  EXPECT_EQ(test::read_text(path), "old");
  expect_error(Errc::not_found, "writing", [&] { save_npy(folder.path() / "no/a.npy", Array::zeros({2}, DType::u8)); });
}

}  // namespace
}  // namespace fovea
