#include <gmock/gmock.h>

#include <map>

#include "fovea/npy.h"
#include "run_fovea.h"

namespace fovea::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// How often each "category name" is among the spans of a whole trace, which lie within the recording.
std::map<std::string, int> spans_of(const std::filesystem::path& file) {
  std::map<std::string, int> counts;
  const json trace = json::parse(read_text(file));
  const double end = trace.back().at("ts");
  EXPECT_EQ(trace.back().at("name"), "end of recording");
  for (const json& event : trace) {
    if (event.at("ph") != "X") continue;
    EXPECT_GE(event.at("ts").get<double>(), 0);
    EXPECT_LE(event.at("ts").get<double>() + event.at("dur").get<double>(), end + 0.001);
    ++counts[event.at("cat").get<std::string>() + " " + event.at("name").get<std::string>()];
  }
  return counts;
}

int starting_with(const std::map<std::string, int>& counts, const std::string& start) {
  int sum = 0;
  for (const auto& [name, count] : counts) sum += name.starts_with(start) ? count : 0;
  return sum;
}

TEST(Profile, OfEvalIsOnStandardErrorAlone) {
  const ProgramResult result = fovea({"eval", "--profile", "x = sort([3, 1, 2]); sum(x)"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "6\n");
  EXPECT_TRUE(result.err.starts_with("Profile of ")) << result.err;
  EXPECT_THAT(result.err, HasSubstr("\nOps on cpu:\n"));
  EXPECT_THAT(result.err, testing::ContainsRegex("Time\\(%\\) +Time +Calls +Avg +Med +Min +Max +Name\n"));
  EXPECT_THAT(result.err, testing::ContainsRegex(" 1 .* sort/[a-z]+\n"));
  EXPECT_THAT(result.err, testing::ContainsRegex(" 1 .* eval/reduction\n"));
}

TEST(Profile, IsPrintedWhenQuietToo) {
  const ProgramResult result = fovea({"eval", "-q", "--profile", "sum([1, 2])"});
  EXPECT_THAT(result.err, HasSubstr("eval/reduction"));
  EXPECT_THAT(fovea({"eval", "sum([1, 2])"}).err, Not(HasSubstr("Profile")));
}

TEST(Profile, TraceOfEvalHasItsSpans) {
  const TemporaryDirectory folder;
  const std::string trace = (folder.path() / "t.json").native(), out = (folder.path() / "out.npy").native();
  const std::string in = (folder.path() / "x.npy").native();
  save_npy(in, Array::of<double>(std::vector<double>{3, 1, 2}, {3}));
  const ProgramResult result = fovea({"eval", "--trace", trace, "sort(sort(x) * 2)", "x=" + in, "-o", out});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(lines_of(result.err).back(), "fovea: the trace is in " + trace);
  EXPECT_THAT(result.err, Not(HasSubstr("Ops on cpu")));
  const auto counts = spans_of(trace);
  EXPECT_EQ(starting_with(counts, "op sort/"), 2);
  EXPECT_EQ(counts.at("op eval/elements"), 2);  // the product, and the result into the file
}

TEST(Profile, OfClassifyCountsEachPictureInEachStage) {
  const TemporaryDirectory folder;
  std::vector<std::string> arguments{"classify", "-q", "-j", "1", "--trace", (folder.path() / "t.json").native(),
                                     "--profile"};
  for (int i = 0; i < 11; ++i) arguments.push_back(folder.write(std::to_string(i) + ".ppm", picture(i)).native());
  arguments.push_back(folder.write("bad.ppm", "P6 3 3 255\n").native());
  arguments.push_back((folder.path() / "missing.ppm").native());
  const ProgramResult result = fovea(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(lines_of(result.out).size(), 13u);
  const auto counts = spans_of(folder.path() / "t.json");
  EXPECT_EQ(counts.at("stage read"), 13);
  EXPECT_EQ(counts.at("stage decode"), 12);
  EXPECT_EQ(counts.at("stage prepare"), 11);
  EXPECT_EQ(counts.at("stage infer"), 2);  // batches of 8
  EXPECT_EQ(starting_with(counts, "op prepare_image/"), 11);
  EXPECT_EQ(starting_with(counts, "op softmax/"), 11);
  EXPECT_EQ(starting_with(counts, "op linear/"), 3);  // the network's last layer, for 8, 2 and 1 pictures
  EXPECT_GT(starting_with(counts, "op conv2d/"), 0);
  EXPECT_EQ(starting_with(counts, "op conv2d/") % 3, 0);
  EXPECT_GT(counts.at("stage write"), 0);
  EXPECT_THAT(result.err, HasSubstr("\nStages on cpu:\n"));
}

TEST(Profile, RowsAreTheSameWithAndWithout) {
  const TemporaryDirectory folder;
  const std::string file = folder.write("a.ppm", picture(5)).native();
  EXPECT_EQ(fovea({"classify", "-q", file}).out, fovea({"classify", "-q", "--profile", file}).out);
}

TEST(Profile, OfOpRunAndBench) {
  const TemporaryDirectory folder;
  const std::string in = folder.write("a.ppm", picture(1)).native(), out = (folder.path() / "b.ppm").native();
  const std::string trace = (folder.path() / "t.json").native();
  const ProgramResult op = fovea({"op", "run", "flip", in, "-o", out, "--profile", "--trace", trace});
  EXPECT_EQ(op.exit_code, 0) << op.err;
  EXPECT_THAT(op.err, testing::ContainsRegex(" 1 .* flip/[a-z]+\n"));
  EXPECT_EQ(starting_with(spans_of(trace), "op flip/"), 1);
  const ProgramResult bench =
      fovea({"bench", "reduce", "--size", "1000", "--type", "f64", "--rounds", "1", "--profile"});
  EXPECT_EQ(bench.exit_code, 0) << bench.err;
  EXPECT_THAT(bench.err, HasSubstr(" eval/reduction\n"));
}

TEST(Profile, TheTraceIsWholeAfterAFailure) {
  const TemporaryDirectory folder;
  const std::string trace = (folder.path() / "t.json").native();
  const ProgramResult result = fovea({"eval", "--profile", "--trace", trace, "x = sort([3, 1]); matmul(x, [1, 2, 3])"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, Not(HasSubstr("Profile of")));
  EXPECT_EQ(starting_with(spans_of(trace), "op sort/"), 1);
}

TEST(Profile, PlacesThatATraceCannotGoTo) {
  const TemporaryDirectory folder;
  const std::string in = (folder.path() / "x.npy").native(), out = (folder.path() / "out.npy").native();
  save_npy(in, Array::zeros({2}, DType::f64));
  const std::string before = read_text(in);
  const auto refused = [&](std::vector<std::string> arguments, int exit_code, const std::string& code,
                           const std::string& part) {
    const ProgramResult result = fovea(std::move(arguments));
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    EXPECT_EQ(result.out, "");
    expect_error_line(result, code, part);
  };
  refused({"eval", "1", "--trace", ""}, 2, "INVALID_ARGUMENT", "--trace: expected a name");
  refused({"eval", "1", "--trace", "/nonexistent/t"}, 74, "IO", "--trace /nonexistent/t: ");
  refused({"eval", "1", "--trace", "/dev/full"}, 65, "NOT_A_FILE", "--trace /dev/full: ");
  refused({"eval", "x", "x=" + in, "--trace", in}, 2, "INVALID_ARGUMENT", "got the input " + in);
  refused({"eval", "1", "-o", out, "--trace", out}, 2, "INVALID_ARGUMENT", "expected a file of its own");
  refused({"classify", in, "-o", out, "--trace", out}, 2, "INVALID_ARGUMENT", "expected a file of its own");
  refused({"op", "run", "flip", in, "-o", out, "--trace", in}, 2, "INVALID_ARGUMENT", "got the input");
  refused({"bench", "reduce", "--trace", "/nonexistent/t"}, 74, "IO", "--trace /nonexistent/t: ");
  EXPECT_EQ(read_text(in), before);
  EXPECT_FALSE(std::filesystem::exists(out));
}

}  // namespace
}  // namespace fovea::test
