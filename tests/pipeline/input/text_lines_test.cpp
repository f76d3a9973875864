#include "pipeline/input/text_lines.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_directory.h"

namespace fovea::test {
namespace {

using pipeline::ArchiveReader;
using pipeline::TextLines;
using testing::ElementsAre;

class TextLinesOf : public testing::Test {
 protected:
  TextLines open(const std::string& text) {
    const std::string path = folder_.write("text", text).native();
    auto reader = std::make_unique<ArchiveReader>(Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
                                                  ArchiveReader::Take::bytes);
    reader->next().value();
    return TextLines(std::move(reader));
  }
  // "number:text", or "number:CODE".
  std::vector<std::string> lines(const std::string& text) {
    TextLines from = open(text);
    std::vector<std::string> result;
    while (const auto line = from.next_line())
      result.push_back(std::to_string(line->number) + ":" +
                       (line->error ? std::string(name(line->error->code())) : line->text));
    return result;
  }
  // "number:field|field", or "number:CODE".
  std::vector<std::string> records(const std::string& text) {
    TextLines from = open(text);
    std::vector<std::string> result;
    while (const auto record = from.next_record()) {
      std::string all = std::to_string(record->number) + ":";
      if (record->error) {
        all += name(record->error->code());
      } else {
        for (std::size_t i = 0; i < record->fields.size(); ++i) all += (i > 0 ? "|" : "") + record->fields[i];
      }
      result.push_back(all);
    }
    return result;
  }
  TemporaryDirectory folder_;
};

TEST_F(TextLinesOf, EndInLfOrCrLfOrWithTheText) {
  EXPECT_THAT(lines("a\nb\r\n\nc"), ElementsAre("1:a", "2:b", "3:", "4:c"));
  EXPECT_THAT(lines(""), ElementsAre());
  EXPECT_THAT(lines("\n"), ElementsAre("1:"));
  EXPECT_THAT(lines("a\rb\r\r\n"), ElementsAre("1:a\rb\r"));
}

TEST_F(TextLinesOf, LeaveOutAByteOrderMarkAtTheStartAlone) {
  EXPECT_THAT(lines("\xEF\xBB\xBFz\n\xEF\xBB\xBFz"), ElementsAre("1:z", "2:\xEF\xBB\xBFz"));
  EXPECT_THAT(lines("\xEF\xBB\xBF"), ElementsAre());
  EXPECT_THAT(records("\xEF\xBB\xBF\"q\",x\n"), ElementsAre("1:q|x"));
}

TEST_F(TextLinesOf, KeepBytesThatAreNotUtf8ButNoNul) {
  EXPECT_THAT(lines("\xff\xfe\n" + std::string("a\0b", 3) + "\nc"), ElementsAre("1:\xff\xfe", "2:CORRUPT", "3:c"));
  EXPECT_THAT(records(std::string("a\0b", 3) + ",x\nc,\xff"), ElementsAre("1:CORRUPT", "2:c|\xff"));
  EXPECT_THAT(records("\"" + std::string("a\0b", 3) + "\",x\nc,d"), ElementsAre("1:CORRUPT", "2:c|d"));
}

// Over several reads of the file.
TEST_F(TextLinesOf, AreAtMostAMebibyte) {
  const std::string most(1 << 20, 'm');
  EXPECT_THAT(lines(most + "\n" + most + "x\nafter"), ElementsAre("1:" + most, "2:CORRUPT", "3:after"));
  EXPECT_THAT(lines(most + "\r\nafter"), ElementsAre("1:" + most, "2:after"));
  EXPECT_THAT(records(most + "\n" + most + "x\nafter"), ElementsAre("1:" + most, "2:CORRUPT", "3:after"));
}

TEST_F(TextLinesOf, RecordsHaveQuotedFields) {
  EXPECT_THAT(records("a,\"b,c\",\"d\"\"e\"\r\n\"\",,\n"), ElementsAre("1:a|b,c|d\"e", "2:||"));
  EXPECT_THAT(records("a,\"two\nlines\r\nthree\",c\nnext,x,y"), ElementsAre("1:a|two\nlines\r\nthree|c", "4:next|x|y"));
  EXPECT_THAT(records("a, \"b\"\nc"), ElementsAre("1:CORRUPT", "2:c"));
  EXPECT_THAT(records("\"a\"b,c\nd"), ElementsAre("1:CORRUPT", "2:d"));
  EXPECT_THAT(records("\"a\"\"\"\nd"), ElementsAre("1:a\"", "2:d"));
  EXPECT_THAT(records("\"\"x\nd"), ElementsAre("1:CORRUPT", "2:d"));
}

TEST_F(TextLinesOf, AQuoteThatIsNeverClosedIsOneError) {
  EXPECT_THAT(records("a,b\nc,\"d\ne,f\ng,h\n"), ElementsAre("1:a|b", "2:CORRUPT"));
  // After a mebibyte the quote is given up, and the records that follow are read again.
  std::string text = "c,\"d\n";
  for (int i = 0; i < (1 << 20) / 8 + 1; ++i) text += "1234567\n";
  const auto got = records(text + "x,y\n");
  ASSERT_GE(got.size(), 2u);
  EXPECT_EQ(got.front(), "1:CORRUPT");
  EXPECT_EQ(got.back(), std::to_string((1 << 20) / 8 + 3) + ":x|y");
}

TEST_F(TextLinesOf, EmptyLinesBetweenRecordsAreCountedAndLeftOut) {
  EXPECT_THAT(records("\r\n\na,b\n\r\n\nc,d\n\n"), ElementsAre("3:a|b", "6:c|d"));
}

}  // namespace
}  // namespace fovea::test
