#include "pipeline/chain/output_name.h"

#include <gtest/gtest.h>

#include <set>

namespace fovea::pipeline {
namespace {

const std::vector<std::string_view> jpeg{".jpg", ".jpeg"}, webp{".webp"};

TEST(OutputName, KeepsTheInputsNameAndSaysTheFormat) {
  EXPECT_EQ(output_name("a.jpg", 0, webp), "a.jpg.webp");
  EXPECT_EQ(output_name("a.png", 0, webp), "a.png.webp");
  EXPECT_EQ(output_name("a.jpg", 0, jpeg), "a.jpg");
  EXPECT_EQ(output_name("a.JPEG", 0, jpeg), "a.JPEG");
  EXPECT_EQ(output_name("dir/sub/a.b.png", 0, webp), "dir/sub/a.b.png.webp");
  EXPECT_EQ(output_name("a", 0, webp), "a.image.webp");
  EXPECT_EQ(output_name(".png", 0, webp), ".png.webp");
  EXPECT_EQ(output_name("", 41, webp), "41.webp");
  EXPECT_EQ(output_name("/", 41, webp), "41.webp");
}

TEST(OutputName, StaysBelowAFolder) {
  EXPECT_EQ(output_name("/data/in/a.jpg", 0, webp), "data/in/a.jpg.webp");
  EXPECT_EQ(output_name("./in//a.jpg", 0, webp), "in/a.jpg.webp");
  EXPECT_EQ(output_name("../in/../a.jpg", 0, webp), "%2E%2E/in/%2E%2E/a.jpg.webp");
  EXPECT_EQ(output_name("..", 0, webp), "...image.webp");
  EXPECT_EQ(output_name("shards/s-0001.tar!0001/x.jpg", 0, webp), "shards/s-0001.tar/0001/x.jpg.webp");
  EXPECT_EQ(output_name("s.tar.gz!x.jpg", 0, webp), "s.tar.gz/x.jpg.webp");
  EXPECT_EQ(output_name("-!x.jpg", 0, webp), "-/x.jpg.webp");
  EXPECT_EQ(output_name("what!.jpg", 0, webp), "what!.jpg.webp");
  EXPECT_EQ(output_name("https://host:80/p/a.jpg", 0, webp), "https/host:80/p/a.jpg.webp");
  EXPECT_EQ(output_name("https://host/p?id=7", 0, webp), "https/host/p?id=7.image.webp");
}

TEST(OutputName, LongNamesAreShortenedAndStayApart) {
  const std::string folder = "d/", a = std::string(300, 'a') + "1.jpg", b = std::string(300, 'a') + "2.jpg";
  const std::string x = output_name(folder + a, 0, webp), y = output_name(folder + b, 0, webp);
  EXPECT_NE(x, y);
  EXPECT_LE(x.size(), 2 + 255u);
  EXPECT_TRUE(x.ends_with(".jpg.webp"));
  EXPECT_EQ(x, output_name(folder + a, 7, webp));
  const std::string fits = std::string(246, 'a') + ".jpg";
  EXPECT_EQ(output_name(fits, 0, webp), fits + ".webp");
}

// All names of up to four parts of a few extensions.
TEST(OutputName, NoTwoInputsShareAName) {
  const std::vector<std::string> parts{"", ".jpg", ".JPG", ".jpeg", ".png", ".image", ".webp", ".txt", "."};
  for (const auto* extensions : {&jpeg, &webp}) {
    std::set<std::string> names;
    std::set<std::string> inputs;
    for (const std::string& a : parts)
      for (const std::string& b : parts)
        for (const std::string& c : parts)
          for (const std::string& d : parts) inputs.insert("a" + a + b + c + d);
    for (const std::string& input : inputs)
      EXPECT_TRUE(names.insert(output_name(input, 0, *extensions)).second) << input;
  }
}

}  // namespace
}  // namespace fovea::pipeline
