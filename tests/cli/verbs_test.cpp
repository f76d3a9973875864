#include <filesystem>

#include "fovea/image.h"
#include "fovea/npy.h"
#include "run_fovea.h"

namespace fovea::test {
namespace {

class Verbs : public testing::Test {
 protected:
  Verbs() {
    folder_.write("in/a.ppm", picture(1, 60, 40));
    folder_.write("in/b.ppm", picture(2, 30, 50));
    folder_.write("in/note.txt", "no picture");
    folder_.write("in/sub/c.ppm", picture(1, 60, 40));
  }
  ProgramResult run(std::vector<std::string> arguments) {
    return fovea(std::move(arguments),
                 {.environment = {}, .folder = folder_.path().native(), .out_file = "", .started = {}});
  }
  std::vector<nlohmann::json> rows(const std::string& file) { return json_lines(read_text(folder_.path() / file)); }
  ImageInfo image(const std::string& file) {
    const std::string bytes = read_text(folder_.path() / file);
    return probe(std::as_bytes(std::span(bytes))).value();
  }
  bool exists(const std::string& file) { return std::filesystem::exists(folder_.path() / file); }

  TemporaryDirectory folder_;
};

TEST_F(Verbs, EmbedWritesARowOfFeaturesForEachInput) {
  const ProgramResult result = run({"embed", "in", "--to", "f.npy"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Array features = load_npy(folder_.path() / "f.npy").value();
  ASSERT_EQ(features.shape(), (Shape{4, 96}));
  const auto values = features.span<float>();
  EXPECT_TRUE(std::isnan(values[2 * 96])) << "in/note.txt";
  EXPECT_TRUE(std::equal(values.begin(), values.begin() + 96, values.begin() + 3 * 96)) << "the same picture";
  EXPECT_FALSE(std::equal(values.begin(), values.begin() + 96, values.begin() + 96));
  const auto index = rows("f.jsonl");
  ASSERT_EQ(index.size(), 4u);
  EXPECT_EQ(index[3]["path"], "in/sub/c.ppm");
  EXPECT_FALSE(index[0].contains("top"));
}

TEST_F(Verbs, TransformKeepsTheTreeOfAFolder) {
  const ProgramResult result = run({"transform", "in", "--ops", "resize=20,format=webp", "--to", "small"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto made = rows("small.jsonl");
  ASSERT_EQ(made.size(), 4u);
  EXPECT_EQ(made[0]["out_width"], 30);
  EXPECT_EQ(made[0]["out_height"], 20);
  const ImageInfo info = image("small/" + made[3]["file"].get<std::string>());
  EXPECT_EQ(info.format, "webp");
  EXPECT_EQ(info.width, 30);
  EXPECT_EQ(made[2]["error_code"], "UNKNOWN_FORMAT");
}

TEST_F(Verbs, FilesInATarAreThoseOfAFolder) {
  ASSERT_EQ(run({"transform", "in", "--ops", "resize=20", "--to", "small"}).exit_code, 0);
  ASSERT_EQ(run({"transform", "in", "--ops", "resize=20", "--to", "small.tar", "-o", "rows.jsonl"}).exit_code, 0);
  EXPECT_EQ(read_text(folder_.path() / "small.jsonl"), read_text(folder_.path() / "rows.jsonl"));
  ASSERT_EQ(run({"stats", "small.tar", "-o", "tar.jsonl"}).exit_code, 0);
  ASSERT_EQ(run({"stats", "small", "-o", "folder.jsonl"}).exit_code, 0);
  const auto tar = rows("tar.jsonl"), folder = rows("folder.jsonl");
  ASSERT_EQ(tar.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(tar[i]["sha256"], folder[i]["sha256"]);
}

TEST_F(Verbs, FilesOfARunAreNotAmongItsInputs) {
  for (int run_ = 0; run_ < 2; ++run_) {
    ASSERT_EQ(run({"transform", ".", "--ops", "resize=20", "--to", "in/small/"}).exit_code, 0);
    EXPECT_EQ(rows("in/small.jsonl").size(), 4u);
  }
  ASSERT_EQ(run({"transform", "in/sub", "--ops", "resize=20", "--to", "in/sub/t.tar", "--shard-files", "1"}).exit_code,
            0);
  ASSERT_EQ(run({"transform", "in/sub", "--ops", "resize=20", "--to", "in/sub/t.tar", "--shard-files", "1"}).exit_code,
            0);
  EXPECT_EQ(rows("in/sub/t.jsonl").size(), 1u);
}

TEST_F(Verbs, StatsNamesPicturesThatLookAlike) {
  const ProgramResult result = run({"stats", "in", "-o", "s.jsonl", "--duplicates", "0"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "1 of 3 pictures look like an earlier one\nin/a.ppm\n  in/sub/c.ppm (0 bits)\n");
  EXPECT_EQ(rows("s.jsonl")[0]["bytes"], std::filesystem::file_size(folder_.path() / "in/a.ppm"));
}

TEST_F(Verbs, FetchKeepsTheBytesOfPicturesByTheirNumber) {
  const ProgramResult result = run({"fetch", "in", "--to", "kept"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(read_text(folder_.path() / "kept/000000003.pnm"), picture(1, 60, 40));
  EXPECT_FALSE(exists("kept/000000002.bin")) << "no picture";
  EXPECT_EQ(rows("kept.jsonl")[2]["error_code"], "UNKNOWN_FORMAT");
  ASSERT_EQ(run({"fetch", "in", "--check", "none", "--to", "all"}).exit_code, 0);
  EXPECT_EQ(read_text(folder_.path() / "all/000000002.bin"), "no picture");
}

TEST_F(Verbs, OtherSchemesThanHttpAreRowsOfTheirOwn) {
  const ProgramResult result = run({"stats", "ftp://user:secret@host/a.jpg", "in/a.ppm", "file:///etc/passwd"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto made = json_lines(result.out);
  ASSERT_EQ(made.size(), 3u);
  EXPECT_EQ(made[0]["error_code"], "URL_REFUSED");
  EXPECT_EQ(made[1]["status"], "ok");
  EXPECT_EQ(made[2]["error_code"], "URL_REFUSED");
  EXPECT_EQ((result.out + result.err).find("secret"), std::string::npos);
}

TEST_F(Verbs, FetchMakesPicturesSmallerOnRequest) {
  ASSERT_EQ(run({"fetch", "in", "--resize", "16", "--to", "small"}).exit_code, 0);
  EXPECT_EQ(rows("small.jsonl")[0]["out_height"], 16);
}

TEST_F(Verbs, OtherOptionsThanTheJobsAreRefusedWithWhatDiffers) {
  ASSERT_EQ(run({"transform", "in", "--ops", "resize=20", "--to", "small"}).exit_code, 0);
  const ProgramResult again = run({"transform", "in", "--ops", "resize=21", "--to", "small"});
  EXPECT_EQ(again.exit_code, 77);
  expect_error_line(again, "POLICY", "resize");
  EXPECT_EQ(run({"transform", "in", "--ops", "resize=21", "--to", "small", "--fresh"}).exit_code, 0);
}

TEST_F(Verbs, FailedRowsAreMadeAnewAndOthersKept) {
  ASSERT_EQ(run({"stats", "in", "-o", "s.jsonl"}).exit_code, 0);
  folder_.write("in/note.txt", picture(5));
  EXPECT_EQ(run({"stats", "in", "-o", "s.jsonl", "--retry-failed=TRUNCATED"}).exit_code, 0);
  EXPECT_EQ(rows("s.jsonl")[2]["status"], "error") << "another code";
  folder_.write("in/other.txt", "no picture");
  const ProgramResult more = run({"stats", "in", "-o", "s.jsonl", "--update"});
  EXPECT_NE(more.err.find("failed in this run: 1 "), std::string::npos) << more.err;
  EXPECT_NE(more.err.find(" 1 failed of these and 2 in all"), std::string::npos) << more.err;
  std::filesystem::remove(folder_.path() / "in/other.txt");
  ASSERT_EQ(run({"stats", "in", "-o", "s.jsonl", "--update"}).exit_code, 0);
  const ProgramResult retried = run({"stats", "in", "-o", "s.jsonl", "--retry-failed"});
  ASSERT_EQ(retried.exit_code, 0) << retried.err;
  EXPECT_NE(retried.err.find("1 picture and 3 from before"), std::string::npos) << retried.err;
  ASSERT_EQ(run({"stats", "in", "-o", "whole.jsonl"}).exit_code, 0);
  EXPECT_EQ(read_text(folder_.path() / "s.jsonl"), read_text(folder_.path() / "whole.jsonl"));
}

struct Refused {
  std::vector<std::string> arguments;
  std::string part;
};
class RefusedVerb : public Verbs, public testing::WithParamInterface<Refused> {};

TEST_P(RefusedVerb, BeforeAnyWorkWithStatus2) {
  const ProgramResult result = run(GetParam().arguments);
  EXPECT_EQ(result.exit_code, 2);
  expect_error_line(result, "INVALID_ARGUMENT", GetParam().part);
  EXPECT_FALSE(exists("out"));
  EXPECT_FALSE(exists("out.jsonl.journal"));
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedVerb,
    testing::Values(
        Refused{{"embed", "in"}, "--to: expected a name that ends in .npy"},
        Refused{{"embed", "in", "--to", "out.npy", "--layer", "nope"}, "nope"},
        Refused{{"embed", "in", "--to", "out.npy", "--pool", "max"}, "--pool: expected"},
        Refused{{"transform", "in", "--to", "out"}, "--ops"},
        Refused{{"transform", "in", "--ops", "resize=20"}, "--to: expected a folder"},
        Refused{{"transform", "in", "--ops", "bow=3", "--to", "out"}, "bow"},
        Refused{{"transform", "in", "--ops", "box=3", "--to", "out", "--shard-files", "3"}, "FILE.tar"},
        Refused{{"stats", "in", "--duplicates", "3"}, "--duplicates: expected --output"},
        Refused{{"stats", "in", "-o", "out", "--duplicates", "9"}, "--duplicates"},
        Refused{{"stats", "in", "-o", "out", "--fresh", "--update"}, "one of --fresh and --update"},
        Refused{{"stats", "in", "-o", "out", "--retry-failed=NOPE"}, "--retry-failed: expected an error code"},
        Refused{{"fetch", "in", "--to", "out", "--resize", "9", "--ops", "box=3"}, "one of --resize and --ops"},
        Refused{{"fetch", "--from", "list.xml", "--to", "out"}, "--from list.xml"},
        Refused{{"classify", "in", "--device", "cpu,cpu"}, "each device once"},
        Refused{{"classify", "in", "--memory", "0"}, "--memory"}));

}  // namespace
}  // namespace fovea::test
