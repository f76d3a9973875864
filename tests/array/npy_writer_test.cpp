#include "array/npy_writer.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <numeric>

#include "fovea/npy.h"
#include "support/expect_error.h"
#include "support/temporary_directory.h"

namespace fovea {
namespace {

using test::expect_error;
using Floats = std::vector<float>;

Floats contents(const Array& array) {
  return {array.span<float>().begin(), array.span<float>().end()};
}

TEST(NpyWriter, RowsAndTheirCount) {
  const test::TemporaryDirectory folder;
  const auto path = folder.write("rows.npy", "what was there before");
  NpyWriter writer(path, {2});
  writer.write(Floats{1, 2});
  writer.write(Floats{3, 4, 5, 6});
  writer.write({});
  EXPECT_EQ(writer.rows(), 3);
  writer.finish();
  writer.finish();
  const Array array = load_npy(path).value();
  EXPECT_EQ(array.shape(), (Shape{3, 2}));
  EXPECT_EQ(contents(array), (Floats{1, 2, 3, 4, 5, 6}));
}

TEST(NpyWriter, RowsOfOtherShapes) {
  const test::TemporaryDirectory folder;
  const auto path = folder.path() / "rows.npy";
  NpyWriter scalars(path, {});
  scalars.write(Floats{1, 2, 3});
  scalars.finish();
  EXPECT_EQ(load_npy(path).value().shape(), (Shape{3}));
  NpyWriter blocks(path, {1, 2, 2});
  blocks.write(Floats(8));
  blocks.finish();
  EXPECT_EQ(load_npy(path).value().shape(), (Shape{2, 1, 2, 2}));
  NpyWriter none(path, {4});
  none.finish();
  EXPECT_EQ(load_npy(path).value().shape(), (Shape{0, 4}));
}

TEST(NpyWriter, AnUnfinishedFileOpensWithTheRowsFlushed) {
  const test::TemporaryDirectory folder;
  const auto path = folder.path() / "rows.npy", cut = folder.path() / "cut.npy";
  NpyWriter writer(path, {2});
  EXPECT_EQ(load_npy(path).value().shape(), (Shape{0, 2}));
  writer.write(Floats{1, 2});
  writer.flush();
  writer.write(Floats{3, 4});
  std::filesystem::copy_file(path, cut);
  EXPECT_EQ(contents(load_npy(cut).value()), (Floats{1, 2}));
  writer.flush();
  writer.flush();
  EXPECT_EQ(contents(load_npy(path).value()), (Floats{1, 2, 3, 4}));
}

TEST(NpyWriter, FlushesByItselfAndInTheDestructor) {
  const test::TemporaryDirectory folder;
  const auto path = folder.path() / "rows.npy";
  Floats row(1000);
  std::iota(row.begin(), row.end(), 0.0f);
  {
    NpyWriter writer(path, {1000});
    for (int i = 0; i < 300; ++i) writer.write(row);
    EXPECT_EQ(load_npy(path).value().shape()[0], 263);  // 262144 values or more at a time
  }
  const Array array = load_npy(path).value();
  EXPECT_EQ(array.shape(), (Shape{300, 1000}));
  EXPECT_EQ(contents(array[299]), row);
}

TEST(NpyWriter, Misuse) {
  const test::TemporaryDirectory folder;
  const auto path = folder.path() / "rows.npy";
  NpyWriter writer(path, {3});
  expect_error(Errc::invalid_argument, "rows of 3 values, got 4", [&] { writer.write(Floats(4)); });
  writer.finish();
  expect_error(Errc::invalid_argument, "after", [&] { writer.write(Floats(3)); });
  for (const Shape& bad :
       {Shape{0}, {-1}, {2, 0}, {std::int64_t{1} << 41}, {std::int64_t{1} << 32, std::int64_t{1} << 32}})
    expect_error(Errc::invalid_argument, "npy writer", [&] { NpyWriter(path, bad); });
  EXPECT_EQ(load_npy(path).value().shape(), (Shape{0, 3}));
  expect_error(Errc::not_found, "writing", [&] { NpyWriter(folder.path() / "no/rows.npy", {3}); });
  expect_error(Errc::not_a_file, "writing", [&] { NpyWriter("/dev/full", {3}); });
}

// A limit on the file's size stands for the full disk: write() gives EFBIG, after a short write.
TEST(NpyWriter, AFullDiskIsAnError) {
  const test::TemporaryDirectory folder;
  const auto path = folder.path() / "rows.npy";
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  {
    NpyWriter writer(path, {4});
    writer.write(Floats{1, 2, 3, 4});
    writer.flush();
    const rlimit small{200, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    writer.write(Floats(400));
    expect_error(Errc::io, "writing: File too large", [&] { writer.flush(); });
  }
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(contents(load_npy(path).value()), (Floats{1, 2, 3, 4}));
}

}  // namespace
}  // namespace fovea
