#include <gmock/gmock.h>
#include <sys/resource.h>

#include <cmath>
#include <numeric>

#include "fovea/npy.h"
#include "run_fovea.h"

namespace fovea::test {
namespace {

using testing::HasSubstr;

class Eval : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).native(); }

  template <class T>
  std::string saved(const std::string& name, std::vector<T> values, Shape shape) const {
    save_npy(path(name), Array::of<T>(values, std::move(shape)));
    return path(name);
  }

  // "x=FILE" of [[0, 1, 2], [3, 4, 5]].
  std::string grid() const { return "x=" + saved<double>("x.npy", {0, 1, 2, 3, 4, 5}, {2, 3}); }

  TemporaryDirectory folder_;
};

std::string out_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "eval");
  const ProgramResult result = fovea(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  return result.out;
}

TEST_F(Eval, PrintsArraysAsNumPyAndNumbersWithAllDigits) {
  EXPECT_EQ(out_of({"x", grid()}), "[[0. 1. 2.]\n [3. 4. 5.]]\n");
  EXPECT_EQ(out_of({"x / 3", grid(), "--precision", "2"}), "[[0.   0.33 0.67]\n [1.   1.33 1.67]]\n");
  EXPECT_EQ(out_of({"sum(sqrt(x) + x**2)", "x=" + saved<double>("s.npy", {4, 9}, {2})}), "102.0\n");
  EXPECT_EQ(out_of({"1/3"}), "0.3333333333333333\n");
  EXPECT_EQ(out_of({"2**62"}), "4611686018427387904\n");
  EXPECT_EQ(out_of({"--", "-2 ** 2"}), "-4\n");
  EXPECT_EQ(out_of({"x.shape", grid()}), "[2 3]\n");
  EXPECT_EQ(out_of({"x.dtype", grid()}), "f64\n");
  EXPECT_EQ(out_of({"any(x > 4)", grid()}), "True\n");
}

TEST_F(Eval, TakesValuesByName) {
  EXPECT_EQ(out_of({"k * 2", "k=3.5"}), "7.0\n");
  EXPECT_EQ(out_of({"k * 2", "k=-3"}), "-6\n");
  EXPECT_EQ(out_of({"e + inf", "e=1"}), "inf\n");
  EXPECT_EQ(out_of({"x * k", grid(), "k=[1, 10, 100]"}), "[[  0.  10. 200.]\n [  3.  40. 500.]]\n");
  EXPECT_EQ(out_of({"zeros(2, t)", "t='u8'", "--type"}), "u8 [2]\n");
}

TEST_F(Eval, ReadsPicturesAndArchives) {
  folder_.write("c.ppm", "P6\n2 1\n255\nabcdef");
  folder_.write("g.pgm", "P5\n2 1\n255\nab");
  EXPECT_EQ(out_of({"c", "c=" + path("c.ppm"), "--type"}), "u8 [1, 2, 3]\n");
  EXPECT_EQ(out_of({"g", "g=" + path("g.pgm")}), "[[97 98]]\n");
  const Array one = Array::of<std::int32_t>(std::vector<std::int32_t>{1, 2}, {2});
  save_npz(path("two.npz"), {{"a", one}, {"b", Array::zeros({3}, DType::f32)}});
  save_npz(path("one.npz"), {{"a", one}});
  EXPECT_EQ(out_of({"a", "a=" + path("two.npz") + ":a"}), "[1 2]\n");
  EXPECT_EQ(out_of({"a", "a=" + path("one.npz")}), "[1 2]\n");
  expect_error_line(fovea({"eval", "a", "a=" + path("two.npz")}), "INVALID_ARGUMENT", "with a, b");
  EXPECT_EQ(fovea({"eval", "a", "a=" + path("two.npz") + ":c"}).exit_code, 65);
}

TEST_F(Eval, WritesArraysAndPictures) {
  const ProgramResult result = fovea({"eval", "x + 1", grid(), "-o", path("y.npy")});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "fovea: f64 [2, 3] is in " + path("y.npy") + "\n");
  EXPECT_EQ(load_npy(path("y.npy")).value().span<double>()[5], 6);
  EXPECT_EQ(out_of({"x.astype('u8') + 97", grid(), "-qo", path("y.pgm")}), "");
  EXPECT_EQ(read_text(path("y.pgm")), "P5\n3 2\n255\nabcdef");
  const ProgramResult refused = fovea({"eval", "x", grid(), "-o", path("z.ppm")});
  EXPECT_EQ(refused.exit_code, 2);
  expect_error_line(refused, "INVALID_ARGUMENT", "expected pixels u8");
}

TEST_F(Eval, WritesLargeResultsThroughAMap) {
  const ProgramResult result = fovea({"eval", "arange(3_000_000) * 0.5", "-o", path("large.npy")});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Array got = load_npy(path("large.npy")).value();
  ASSERT_EQ(got.shape(), Shape{3'000'000});
  for (std::int64_t k = 0; k < got.size(); k += 999'999)
    EXPECT_EQ(got.span<double>()[static_cast<std::size_t>(k)], static_cast<double>(k) * 0.5);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1);
}

TEST_F(Eval, ErrorsShowTheSourceWithACaret) {
  const auto refused = [&](const std::string& source, const std::string& message, const std::string& excerpt) {
    const ProgramResult result = fovea({"eval", source, grid()});
    EXPECT_EQ(result.exit_code, 2) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(result.err, "fovea: error[INVALID_ARGUMENT]: eval: " + message + "\n" + excerpt);
  };
  refused("x + sqr(x)", "column 5: there is no function 'sqr'; did you mean 'sqrt'?", "x + sqr(x)\n    ^^^\n");
  refused("x + (y", "column 5: expected ')' for this bracket, got the end", "x + (y\n    ^\n");
  refused("x + imge", "column 5: there is no value 'imge'; give it as imge=FILE", "x + imge\n    ^^^^\n");
  refused("x[:, 3]", "column 6: expected an index from -3 to 2 for axis 1 of [2, 3], got 3", "x[:, 3]\n     ^\n");
  refused("resize(x, 0, 1)", "column 11: resize: height: expected 1 to 65535, got 0", "resize(x, 0, 1)\n          ^\n");
}

TEST_F(Eval, RefusesWhatItCannotUse) {
  struct Case {
    std::vector<std::string> arguments;
    int exit_code;
    std::string part;
  };
  const std::string x = grid();
  const std::vector<Case> cases{
      {{}, 2, "expected EXPRESSION [NAME=FILE|NAME=VALUE]..., got nothing"},
      {{"1", "2"}, 2, "expected NAME=FILE or NAME=VALUE, got '2'"},
      {{"x", "x="}, 2, "got 'x='"},
      {{"x", "1x=2"}, 2, "got '1x=2'"},
      {{"x", x, x}, 2, "expected x once"},
      {{"x", "x=" + path("none.npy")}, 65, "eval: x=" + path("none.npy") + ": "},
      {{"x", "x=" + folder_.path().native()}, 65, "expected a file"},
      {{"x", "x=" + folder_.write("bad.npy", "\x93NUMPY").native()}, 65, "x="},
      {{"x", "x=" + folder_.write("text", "hello, this is text").native()}, 65, "x="},
      {{"x", x, "-o", path("x.npy")}, 2, "expected a file that is not read"},
      {{"x", x, "-o", path("y.txt")}, 2, "ends in .npy, .png, .jpg"},
      {{"x", x, "-o", path("none/y.npy")}, 74, "--output"},
      {{"x", x, "-o", path("y.npy"), "--type"}, 2, "expected one of --type and --output"},
      {{"x", x, "--precision", "18"}, 2, "--precision"},
      {{"x", x, "-j", "0"}, 2, "--threads"},
      {{"'text'", "-o", path("y.npy")}, 2, "result: expected an array or a number, got the text 'text'"},
      {{"-x", x}, 2, "expected an option of this verb, got '-x'"},
  };
  for (const Case& c : cases) {
    std::vector<std::string> arguments = c.arguments;
    arguments.insert(arguments.begin(), "eval");
    const ProgramResult result = fovea(arguments);
    EXPECT_EQ(result.exit_code, c.exit_code) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, HasSubstr(c.part));
  }
}

TEST_F(Eval, SaysWhichInputsAreNotUsed) {
  const ProgramResult result = fovea({"eval", "1 + 1", "x=" + path("none.npy")});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "fovea: eval: x is not in the expression\n");
}

TEST_F(Eval, HelpAndFunctionsAreThere) {
  const std::string help = out_of({"--help"});
  for (const std::string part : {"EXPRESSION", "x[1:10:2, ::-1, ..., None]", "--functions", "75 interrupted"})
    EXPECT_THAT(help, HasSubstr(part));
  const std::string list = out_of({"--functions"});
  for (const std::string part :
       {"elementwise\n", "\nreduction\n", "\narray\n", "\nop\n", "  sqrt(x) ", "  sum(x, axis=None, keepdims=False) ",
        "  resize(image, height, width, filter='bilinear') "})
    EXPECT_THAT(list, HasSubstr(part));
}

// RLIMIT_DATA counts memory of its own, not maps of files: 256 MiB of doubles pass through 128 MiB.
TEST_F(Eval, SumsAFileLargerThanItsMemory) {
  (void)map_npy_new(path("holes.npy"), DType::f64, {std::int64_t{32} << 20});
  ProgramOptions options;
  options.started = [](pid_t child) {
    const rlimit limit{128 << 20, 128 << 20};
    ::prlimit(child, RLIMIT_DATA, &limit, nullptr);
  };
  const ProgramResult result = fovea({"eval", "sum(sqrt(x) + x**2 + 1) / x.size", "x=" + path("holes.npy")}, options);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "1.0\n");
  const ProgramResult copied = fovea({"eval", "sum(sqrt(x).T.T)", "x=" + path("holes.npy")}, options);
  EXPECT_EQ(copied.exit_code, 70) << copied.err << copied.out;
}

TEST_F(Eval, StopsWithStatus75WhenInterrupted) {
  (void)map_npy_new(path("holes.npy"), DType::f64, {std::int64_t{1} << 31});
  ProgramOptions options;
  options.started = [](pid_t child) {
    ::usleep(400'000);
    ::kill(child, SIGINT);
  };
  const ProgramResult result =
      fovea({"eval", "sum(sin(x) * cos(x) ** tan(x))", "x=" + path("holes.npy"), "-j", "1"}, options);
  EXPECT_EQ(result.exit_code, 75) << result.err;
  EXPECT_THAT(result.err, HasSubstr("interrupted: stopping"));
  expect_error_line(result, "INTERRUPTED");
}

}  // namespace
}  // namespace fovea::test
