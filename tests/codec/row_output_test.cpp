#include "codec/row_output.h"

#include <gtest/gtest.h>

#include <cstring>

#include "codec/codec.h"

namespace fovea::codec {
namespace {

constexpr std::int64_t height = 300, width = 1000, row_bytes = width * 3;  // strips of 64 rows
constexpr std::int64_t strip = 64;

class Sink final : public RowSink {
 public:
  std::optional<RowWindow> begin(const ImageInfo&, std::int64_t rows, std::int64_t columns) override {
    EXPECT_EQ(rows, height);
    EXPECT_EQ(columns, width);
    ++begun;
    got.clear();
    if (begun > wants) return std::nullopt;
    return window;
  }
  void rows(std::int64_t first, std::span<const std::uint8_t* const> rows, std::int64_t) override {
    EXPECT_EQ(first, window.top + static_cast<std::int64_t>(got.size()));
    strips.push_back(static_cast<std::int64_t>(rows.size()));
    for (const std::uint8_t* row : rows) got.push_back(row[0]);
  }

  RowWindow window{0, height, 0, width};
  int begun = 0, wants = 9;
  std::vector<std::uint8_t> got;  // the first byte of each row
  std::vector<std::int64_t> strips;
};

struct Made {
  explicit Made(RowSink* sink, std::int64_t at_once = 16) {
    const Limits limits;
    const Admit admit = [&](std::int64_t bytes) { asked = bytes; };
    output = RowOutput::make({}, {height, width, 3, at_once, 7}, Admission(host_memory(), limits, false, admit), sink);
  }
  RowOutput& operator*() { return output.value(); }

  std::int64_t asked = 0;
  Result<RowOutput> output = Error(Errc::internal, "not made");
};

std::uint8_t mark(std::int64_t row) {
  return static_cast<std::uint8_t>(row * 7 + 1);
}

// Writes rows [from, to) by at most `some` at a time.
void write(RowOutput& output, std::int64_t from, std::int64_t to, std::int64_t some) {
  for (std::int64_t y = from; y < to;) {
    ASSERT_GE(output.room(), 1);
    const std::int64_t count = std::min({output.room(), some, to - y});
    for (std::int64_t r = 0; r < count; ++r) std::memset(output.next() + r * row_bytes, mark(y + r), row_bytes);
    output.wrote(count);
    y += count;
  }
}

void expect_rows(const std::vector<std::uint8_t>& got, std::int64_t from, std::int64_t to) {
  ASSERT_EQ(static_cast<std::int64_t>(got.size()), to - from);
  for (std::int64_t y = from; y < to; ++y) EXPECT_EQ(got[static_cast<std::size_t>(y - from)], mark(y)) << y;
}

TEST(RowOutput, GivesStripsToTheSinkAndWhatIsLeftAtTheEnd) {
  for (const std::int64_t some : {1, 3, 16}) {
    Sink sink;
    Made made(&sink);
    EXPECT_EQ(made.asked, strip * row_bytes + 7);
    write(*made, 0, height, some);
    expect_rows(sink.got, 0, height);
    EXPECT_EQ(sink.strips, (std::vector<std::int64_t>{64, 64, 64, 64, 44}));
    EXPECT_EQ((*made).picture().size(), 0);
    EXPECT_EQ((*made).room(), 0);
  }
}

TEST(RowOutput, WithoutASinkItIsThePicture) {
  Sink refuses;
  refuses.wants = 0;
  for (RowSink* sink : {static_cast<RowSink*>(nullptr), static_cast<RowSink*>(&refuses)}) {
    Made made(sink);
    EXPECT_EQ(made.asked, height * row_bytes + 7);
    write(*made, 0, height, 16);
    const Array picture = (*made).picture();
    ASSERT_EQ(picture.shape(), (Shape{height, width, 3}));
    const auto values = picture.span<std::uint8_t>();
    for (std::int64_t y = 0; y < height; ++y)
      EXPECT_EQ(values[static_cast<std::size_t>(y * row_bytes + row_bytes - 1)], mark(y));
    EXPECT_EQ((*made).window().bottom, height);
    EXPECT_EQ((*made).window().right, width);
  }
  EXPECT_TRUE(refuses.strips.empty());
}

TEST(RowOutput, RowsOutsideTheWindowNeedNotBeMade) {
  Sink sink;
  sink.window = {21, 280, 3, 900};
  Made made(&sink);
  EXPECT_EQ((*made).window().top, 21);
  EXPECT_EQ((*made).window().left, 3);
  (*made).only_window();
  write(*made, 21, 280, 5);
  expect_rows(sink.got, 21, 280);
  EXPECT_EQ(sink.strips, (std::vector<std::int64_t>{43, 64, 64, 64, 24}));
}

TEST(RowOutput, AnotherDecoderBeginsAnew) {
  Sink sink;
  Made made(&sink);
  write(*made, 0, 100, 16);
  EXPECT_EQ(sink.got.size(), 64u);
  (*made).restart();
  EXPECT_EQ(sink.begun, 2);
  write(*made, 0, height, 16);
  expect_rows(sink.got, 0, height);
  Made whole(nullptr);
  write(*whole, 0, 100, 16);
  (*whole).restart();
  write(*whole, 0, height, 16);
  EXPECT_EQ((*whole).picture().span<std::uint8_t>()[0], mark(0));
}

TEST(RowOutput, ASinkThatChangesItsMindIsAFault) {
  Sink sink;
  sink.wants = 1;
  Made made(&sink);
  EXPECT_THROW((*made).restart(), Error);
}

TEST(RowOutput, APictureAboveTheLimitIsItsError) {
  Sink sink;
  Limits limits;
  limits.max_decoded_bytes = height * row_bytes - 1;
  bool asked = false;
  const Admit admit = [&](std::int64_t) { asked = true; };
  const Result<RowOutput> output =
      RowOutput::make({}, {height, width, 3, 16}, Admission(host_memory(), limits, false, admit), &sink);
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code(), Errc::limit_bytes);
  EXPECT_FALSE(asked);
}

}  // namespace
}  // namespace fovea::codec
