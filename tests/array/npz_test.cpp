#include <gtest/gtest.h>

#include "array/golden_lines.h"
#include "array/npz_reader.h"
#include "fovea/npy.h"
#include "support/expect_error.h"
#include "support/file_bytes.h"
#include "support/read_text.h"
#include "support/temporary_directory.h"
#include "support/zip_writer.h"

namespace fovea {
namespace {

using test::expect_error;
using test::test_data;
using test::zip_of;

std::string npy_text() {
  return test::read_text(test_data("npy/one_axis.npy"));
}

void expect_refused(const Result<NamedArrays>& result, Errc code, const std::string& part) {
  ASSERT_FALSE(result) << part;
  EXPECT_EQ(name(result.error().code()), name(code)) << result.error().what();
  EXPECT_NE(std::string(result.error().what()).find(part), std::string::npos) << result.error().what();
}

// The files are NumPy's: tests/data/make_npz.py.
TEST(Npz, LoadsWhatNumPyWrote) {
  for (const char* file : {"npz/stored.npz", "npz/deflated.npz"}) {
    const auto loaded = load_npz(test_data(file));
    ASSERT_TRUE(loaded) << loaded.error().what();
    const NamedArrays& arrays = loaded.value();
    ASSERT_EQ(arrays.size(), 6u);
    const std::vector<std::string> names{"a", "z", "folder/n", "fortran", "none", "flags"};
    for (std::size_t k = 0; k < names.size(); ++k) EXPECT_EQ(arrays[k].first, names[k]);
    EXPECT_EQ(npz_names(test_data(file)).value(), names);
    EXPECT_EQ(arrays[0].second.shape(), (Shape{2, 3}));
    EXPECT_EQ(arrays[0].second[1][2].item<float>(), 5);
    EXPECT_EQ(arrays[1].second[1].item<std::complex<float>>(), std::complex<float>(0, -3.5f));
    EXPECT_EQ(arrays[2].second.item<std::int64_t>(), 7);
    EXPECT_EQ(arrays[3].second[1][0].item<std::int32_t>(), 3);
    EXPECT_EQ(arrays[4].second.shape(), (Shape{0, 3}));
    EXPECT_TRUE(arrays[5].second[0].item<bool>());
    EXPECT_EQ(load_npz_array(test_data(file), "fortran").value()[0][2].item<std::int32_t>(), 2);
    EXPECT_EQ(load_npz_array(test_data(file), "a.npy").value().shape(), (Shape{2, 3}));
    EXPECT_EQ(load_npz_array(test_data(file), "b").error().code(), Errc::not_found);
  }
  EXPECT_EQ(npz_names(test_data("npz/unnamed.npz")).value(), (std::vector<std::string>{"arr_0", "arr_1"}));
  EXPECT_TRUE(load_npz(test_data("npz/empty.npz")).value().empty());
  EXPECT_EQ(load_npz(test_data("npz/objects.npz")).error().code(), Errc::unsupported);
}

TEST(Npz, Limits) {
  const auto file = test_data("npz/zeros.npz");
  EXPECT_EQ(load_npz_array(file, "x").value().size(), 1000000);
  expect_refused(load_npz(file, {.max_bytes = 8000000}), Errc::limit_bytes, "arrays of at most 8000000 bytes");
  EXPECT_TRUE(load_npz(file, {.max_bytes = 8000128}));
  expect_refused(load_npz(file, {.max_ratio = 100}), Errc::limit_bytes, "100 times");
  expect_refused(load_npz(test_data("npz/stored.npz"), {.max_members = 5}), Errc::limit_metadata, "at most 5 members");
  expect_error(Errc::invalid_argument, "limits of 1", [&] { (void)load_npz(file, {.max_members = 0}); });
  expect_error(Errc::invalid_argument, "max_bytes", [&] { (void)load_npz(file, {.max_bytes = -1}); });
}

TEST(Npz, RoundTrip) {
  const test::TemporaryDirectory folder;
  for (bool compress : {false, true}) {
    const auto path = folder.path() / "a.npz";
    const NamedArrays arrays{{"x", Array::arange(1000.0)},
                             {"folder/y", Array::arange(6).reshape({2, 3}).transpose()},
                             {"scalar", Array::full({}, std::complex<double>(1, 2))},
                             {"none", Array::zeros({0, 2}, DType::u8)}};
    save_npz(path, arrays, compress);
    const std::string bytes = test::read_text(path);
    const auto back = load_npz(path);
    ASSERT_TRUE(back) << back.error().what();
    ASSERT_EQ(back.value().size(), arrays.size());
    for (std::size_t k = 0; k < arrays.size(); ++k) {
      EXPECT_EQ(back.value()[k].first, arrays[k].first);
      EXPECT_EQ(back.value()[k].second.shape(), arrays[k].second.shape());
      EXPECT_EQ(test::hex(back.value()[k].second), test::hex(arrays[k].second));
    }
    save_npz(path, arrays, compress);
    EXPECT_EQ(test::read_text(path), bytes);
  }
  save_npz(folder.path() / "b.npz", {});
  EXPECT_TRUE(load_npz(folder.path() / "b.npz").value().empty());
}

TEST(Npz, RefusesToSave) {
  const test::TemporaryDirectory folder;
  const auto path = folder.write("kept.npz", "old");
  const Array array = Array::ones({2});
  for (const char* bad : {"", "/a", "../a", "a/../b", "a\\b", "c:"})
    expect_error(Errc::invalid_argument, "plain relative names", [&] { save_npz(path, {{bad, array}}); });
  expect_error(Errc::invalid_argument, "'a' twice", [&] { save_npz(path, {{"a", array}, {"a", array}}); });
  expect_error(Errc::unsupported, "bf16", [&] { save_npz(path, {{"a", Array::ones({2}, DType::bf16)}}); });
  expect_error(Errc::not_found, "writing", [&] { save_npz(folder.path() / "no/a.npz", {{"a", array}}); });
  expect_error(Errc::not_a_file, "writing", [&] { save_npz(folder.path(), {{"a", array}}); });
  EXPECT_EQ(test::read_text(path), "old");
}

TEST(Npz, Bad) {
  const auto load = [](const std::string& text) { return read_npz(test::file_bytes(text), {}); };
  const std::string npy = npy_text();
  expect_refused(load(""), Errc::empty, "empty");
  expect_refused(load(npy), Errc::unknown_format, "PK");
  expect_refused(load(zip_of({{"a.npy", npy}})), Errc::checksum, "checksum");  // its CRC field is 0
  expect_refused(load(zip_of({{"a.npy", npy}, {"a", npy}})), Errc::corrupt, "'a' twice");
  expect_refused(load(zip_of({{"../a.npy", npy}})), Errc::corrupt, "plain relative");
  expect_refused(load(zip_of({{"a.npy", "text"}})), Errc::unknown_format, "'a'");
  expect_refused(load(zip_of({{"a.npy", npy, 8, 0, std::int64_t{1} << 31}})), Errc::limit_bytes, "expected");
  expect_refused(load(zip_of({{"a.npy", npy, 8}})), Errc::corrupt, "'a'");
  expect_refused(load(zip_of({{"a.npy", npy, 12}})), Errc::unsupported, "method 12");
  expect_refused(load(zip_of({{"a.npy", npy, 0, 1}})), Errc::unsupported, "encrypted");
  std::string big = npy;
  big[9] = '\x30';  // a header of 12,288 bytes and more
  big.resize(20000, ' ');
  expect_refused(load(zip_of({{"a.npy", big}})), Errc::limit_metadata, "at most 10000");
}

TEST(Npz, PrefixesAndFlippedBytes) {
  for (const char* file : {"npz/unnamed.npz", "npz/deflated.npz"}) {
    const std::string good = test::read_text(test_data(file));
    const NamedArrays arrays = load_npz(test_data(file)).value();
    for (std::size_t size = 0; size < good.size(); ++size)
      ASSERT_FALSE(read_npz(test::file_bytes(good.substr(0, size)), {})) << size;
    for (std::size_t at = 0; at < good.size(); ++at) {
      std::string flipped = good;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << at % 8));
      const auto loaded = read_npz(test::file_bytes(flipped), {.max_bytes = 1 << 20});
      if (!loaded) continue;
      ASSERT_EQ(loaded.value().size(), arrays.size()) << at;
      for (std::size_t k = 0; k < arrays.size(); ++k)  // what the checksums cover is as it was
        ASSERT_EQ(test::hex(loaded.value()[k].second), test::hex(arrays[k].second)) << at;
    }
  }
}

}  // namespace
}  // namespace fovea
