#include <gtest/gtest.h>

#include "fovea/model.h"
#include "support/expect_error.h"
#include "support/temporary_directory.h"

namespace fovea {
namespace {

using Labels = std::vector<std::string>;

Labels labels_of(const std::string& text) {
  const test::TemporaryDirectory folder;
  return load_labels(folder.write("labels.txt", text).string());
}

TEST(Labels, ImagenetsThousandAreEmbedded) {
  const Labels labels = load_labels("imagenet");
  ASSERT_EQ(labels.size(), 1000u);
  EXPECT_EQ(labels[0], "tench");
  EXPECT_EQ(labels[1], "goldfish");
  EXPECT_EQ(labels[207], "golden retriever");
  EXPECT_EQ(labels[281], "tabby");
  EXPECT_EQ(labels[999], "toilet tissue");
}

TEST(Labels, FilesOfManyEditors) {
  const Labels expected{"cat", "dog", "caf\u00e9 \\ bar"};
  for (const char* text :
       {"cat\ndog\ncaf\u00e9 \\ bar\n", "cat\ndog\ncaf\u00e9 \\ bar", "cat\r\ndog\r\ncaf\u00e9 \\ bar\r\n",
        "\xEF\xBB\xBF"
        "cat\ndog\ncaf\u00e9 \\ bar\n\n",
        "cat\ndog\r\ncaf\u00e9 \\ bar\r\n\r\n\r\n"})
    EXPECT_EQ(labels_of(text), expected) << text;
  EXPECT_EQ(labels_of("crane\ncrane\n"), (Labels{"crane", "crane"}));
}

TEST(Labels, BadFilesAreRefusedByLine) {
  const std::vector<std::tuple<std::string, Errc, std::string>> table{
      {"", Errc::empty, "got none"},
      {"\n\r\n", Errc::empty, "got none"},
      {"\xEF\xBB\xBF", Errc::empty, "got none"},
      {"cat\n\ndog\n", Errc::corrupt, "line 2: expected one label a line, got an empty line"},
      {"\ncat\n", Errc::corrupt, "line 1:"},
      {"cat\ndo\xffg\n", Errc::corrupt, "line 2:"},
      {"cat\ncaf\xe9\n", Errc::corrupt, "line 2:"},
      {"cat\ndog\n\xed\xa0\x80\n", Errc::corrupt, "line 3:"},
      {"a\rb\n", Errc::corrupt, "line 1:"},
      {std::string("a\0b\n", 4), Errc::corrupt, "line 1:"},
      {"a\n\x1b[2J\n", Errc::corrupt, "line 2:"},
      {"a\nb\xEF\xBB\xBF\n", Errc::corrupt, "line 2:"},
      {std::string((std::size_t{16} << 20) + 1, 'x'), Errc::limit_bytes, "16777216"}};
  for (const auto& [text, code, words] : table) test::expect_error(code, words, [&bytes = text] { labels_of(bytes); });
}

TEST(Labels, MissingFile) {
  test::expect_error(Errc::not_found, "", [] { load_labels("no such folder/labels.txt"); });
}

}  // namespace
}  // namespace fovea
