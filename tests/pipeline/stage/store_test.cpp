#include "fovea/store.h"

#include <gtest/gtest.h>

#include "pipeline/stage.h"
#include "support/picture.h"
#include "support/png_maker.h"

namespace fovea::test {
namespace {

using Check = StoreOptions::Check;
using Names = StoreOptions::Names;

Row row_of(const pipeline::Picture& picture, const StoreOptions& options = {}, std::int64_t index = 0) {
  pipeline::Budget budget(std::int64_t{1} << 30);
  Row row;
  row.index = index;
  store_task(options)->stage(Device::cpu())->load(picture, row, {}, budget, {});
  return row;
}

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

const StoreOptions anything{.check = Check::none}, whole{.check = Check::decode};

TEST(Store, KeepsTheBytesUnderANameByContent) {
  const std::pair<const char*, const char*> cases[] = {
      {"rgb_420.jpg", "000000007.jpg"}, {"rgb8_n.png", "000000007.png"},  {"lossless.webp", "000000007.webp"},
      {"rgb.tif", "000000007.tif"},     {"bits_24.bmp", "000000007.bmp"}, {"p6.ppm", "000000007.pnm"},
      {"plain.gif", "000000007.gif"}};
  for (const auto& [file, name] : cases)
    for (const Check check : {Check::none, Check::header, Check::decode}) {
      const std::string text = picture_file(file);
      const Row row = row_of(bytes_of(text), {.check = check}, 7);
      ASSERT_FALSE(row.error) << row.error->what();
      EXPECT_EQ(row.file, name);
      EXPECT_TRUE(text_of(row.bytes) == text) << file;
      EXPECT_EQ(row.width, 23) << file;
      EXPECT_EQ(row.height, 15) << file;
    }
}

TEST(Store, FieldsAreTheColumns) {
  const std::string text = "P5 1 1 255 a";
  const Row row = row_of(bytes_of(text), {.names = Names::sha256});
  const std::string hash = "ff7b1615a1f6df235b6a26ccc83287bb339ed13ac059ace0304422455d7a06cc";
  ASSERT_EQ(row.fields.size(), 3u);
  const RowColumns columns = store_task()->columns();
  for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(row.fields[k].name, columns.fields[k]);
  EXPECT_EQ(std::get<std::int64_t>(row.fields[0].value), 12);
  EXPECT_EQ(std::get<std::string>(row.fields[1].value), hash);
  EXPECT_EQ(std::get<std::string>(row.fields[2].value), hash + ".pnm");
  EXPECT_EQ(row.file, hash + ".pnm");
}

TEST(Store, NamesAreNumbersInOrderAndOfAnySize) {
  const std::string text = picture_file("grey.jpg");
  EXPECT_EQ(row_of(bytes_of(text), {}, 0).file, "000000000.jpg");
  EXPECT_EQ(row_of(bytes_of(text), {}, 999'999'999).file, "999999999.jpg");
  EXPECT_EQ(row_of(bytes_of(text), {}, 12'345'678'901).file, "12345678901.jpg");
}

TEST(Store, TurnedPicturesHaveTheSizeOfTheUprightOne) {
  for (const char* file : {"exif.png", "exif.webp"}) {
    const std::string text = picture_file(file);
    const DecodedImage image = decode(bytes_of(text)).value();
    ASSERT_GE(image.info.orientation, 5) << "this picture shows nothing";
    const Row row = row_of(bytes_of(text));
    EXPECT_EQ(row.height, image.pixels.shape()[0]);
    EXPECT_EQ(row.width, image.pixels.shape()[1]);
  }
}

TEST(Store, ChecksWhatItIsAskedTo) {
  const std::string jpeg = picture_file("rgb_420.jpg"), cut = jpeg.substr(0, jpeg.size() - 40),
                    page = "<html>no</html>", bare = jpeg.substr(0, 3), empty;
  const struct {
    const std::string& text;
    Check check;
    std::optional<Errc> error;
    const char* file;
  } cases[] = {{page, Check::none, {}, "000000000.bin"},        {page, Check::header, Errc::unknown_format, ""},
               {page, Check::decode, Errc::unknown_format, ""}, {bare, Check::none, {}, "000000000.jpg"},
               {bare, Check::header, Errc::truncated, ""},      {cut, Check::decode, Errc::truncated, ""},
               {empty, Check::none, Errc::empty, ""},           {empty, Check::header, Errc::empty, ""}};
  for (const auto& [text, check, error, file] : cases) {
    const Row row = row_of(bytes_of(text), {.check = check});
    EXPECT_EQ(row.error ? name(row.error->code()) : "", error ? name(*error) : "") << text.size();
    EXPECT_EQ(row.file, file);
    EXPECT_EQ(text_of(row.bytes), error ? "" : text);
    EXPECT_EQ(row.fields.empty(), error.has_value());
  }
}

TEST(Store, OnlyDecodingSeesDamageBehindTheHeader) {
  std::string png = picture_file("rgb8_n.png");
  png[png.size() - 20] = static_cast<char>(~png[png.size() - 20]);  // in the data of IDAT
  EXPECT_FALSE(row_of(bytes_of(png)).error);
  EXPECT_TRUE(row_of(bytes_of(png), whole).error);
  EXPECT_TRUE(row_of(bytes_of(png), whole).file.empty());
}

TEST(Store, HoldsToTheLimits) {
  const std::string bomb = png_header({.width = 30000, .height = 30000}) + png_chunk("IDAT", "");
  ASSERT_TRUE(row_of(bytes_of(bomb)).error);
  EXPECT_EQ(name(row_of(bytes_of(bomb)).error->code()), name(Errc::limit_pixels));
  EXPECT_FALSE(row_of(bytes_of(bomb), anything).error);
  StoreOptions small;
  small.limits.max_encoded_bytes = 10;
  const std::string jpeg = picture_file("grey.jpg");
  ASSERT_TRUE(row_of(bytes_of(jpeg), small).error);
  EXPECT_EQ(name(row_of(bytes_of(jpeg), small).error->code()), name(Errc::limit_bytes));
}

TEST(Store, PixelsAreNoFile) {
  const Row row = row_of(Array::zeros({3, 3, 3}, DType::u8), anything);
  ASSERT_TRUE(row.error);
  EXPECT_EQ(name(row.error->code()), name(Errc::invalid_argument));
}

TEST(Store, OnlyDecodingTakesOfTheBudget) {
  const std::string text = picture_file("rgb_420.jpg");
  pipeline::Budget budget(23 * 15 * 3), tight(23 * 15 * 3 - 1);
  Row row;
  store_task()->stage(Device::cpu())->load(bytes_of(text), row, {}, tight, {});
  EXPECT_EQ(tight.most(), 0);
  const auto stage = store_task(whole)->stage(Device::cpu());
  for (int round = 0; round < 2; ++round) stage->load(bytes_of(text), row, {}, budget, {});
  EXPECT_EQ(budget.most(), 23 * 15 * 3);
  stage->load(bytes_of(text), row, {}, tight, {});
  ASSERT_TRUE(row.error);
  EXPECT_EQ(name(row.error->code()), name(Errc::limit_memory));
}

TEST(Store, SaysWhatDecidesItsRows) {
  const auto manifest = store_task()->manifest();
  EXPECT_NE(store_task({.names = Names::sha256})->manifest(), manifest);
  EXPECT_NE(store_task(whole)->manifest(), manifest);
  EXPECT_NE(store_task(anything)->manifest(), manifest);
  StoreOptions small;
  small.limits.max_scans = 3;
  EXPECT_NE(store_task(small)->manifest(), manifest);
}

}  // namespace
}  // namespace fovea::test
