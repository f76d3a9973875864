#include <gmock/gmock.h>
#include <sys/stat.h>

#include "fovea/image.h"
#include "fovea/npy.h"
#include "fovea/ops.h"
#include "run_fovea.h"
#include "support/test_data.h"

namespace fovea::test {
namespace {

// Binary PPM or PGM of u8 [height, width, channels].
std::string pnm(const Array& pixels) {
  const Shape& shape = pixels.shape();
  const auto values = pixels.span<std::uint8_t>();
  return (shape[2] == 3 ? "P6\n" : "P5\n") + std::to_string(shape[1]) + " " + std::to_string(shape[0]) + "\n255\n" +
         std::string(values.begin(), values.end());
}

std::string golden_file(const std::string& name) {
  return test_data("resize/" + name + ".npy").native();
}

Array golden(const std::string& name) {
  return load_npy(golden_file(name)).value();
}

TEST(OpList, HasALineForEachOp) {
  const ProgramResult result = fovea({"op", "list"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto lines = lines_of(result.out);
  const auto ops = ops::list();
  ASSERT_EQ(lines.size(), ops.size() + 1);
  for (std::size_t i = 0; i < ops.size(); ++i) {
    EXPECT_TRUE(lines[i + 1].starts_with(ops[i].name + " ")) << lines[i + 1];
    EXPECT_TRUE(lines[i + 1].ends_with(ops[i].summary)) << lines[i + 1];
    for (const std::string& variant : ops[i].variants) EXPECT_NE(lines[i + 1].find(variant), std::string::npos);
  }
}

TEST(OpShow, SaysTypeDefaultRangeChoicesAndMeaning) {
  const ProgramResult result = fovea({"op", "show", "resize"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("inputs    IMAGE\n"), std::string::npos) << result.out;
  const auto lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), 9u) << result.out;
  EXPECT_THAT(lines[6], testing::MatchesRegex("height +integer +required +1 to 65535 +rows of the result"));
  EXPECT_THAT(lines[8], testing::MatchesRegex("filter +text +bilinear +nearest, box, .*, lanczos +Pillow.*"));
  EXPECT_NE(fovea({"op", "show", "conv2d"}).out.find("X WEIGHT [BIAS] [RESIDUAL]\n"), std::string::npos);
  EXPECT_NE(fovea({"op", "show", "flip"}).out.find("yes or no"), std::string::npos);
  EXPECT_NE(fovea({"op", "show", "prepare_image"}).out.find("0.485,0.456,0.406"), std::string::npos);
}

TEST(OpRun, ResizeOfAPictureAndOfAnArrayIsPillows) {
  const TemporaryDirectory folder;
  const std::string picture = folder.write("source.png", pnm(golden("source_33x90"))).native();  // content decides
  for (const std::string filter : {"lanczos", "nearest"})
    for (const std::string& input : {picture, golden_file("source_33x90")}) {
      const std::string npy = (folder.path() / "out.npy").native(), ppm = (folder.path() / "out.ppm").native();
      for (const std::string& output : {npy, ppm}) {
        const ProgramResult result =
            fovea({"op", "run", "resize", input, "--height", "29", "--width=21", "--filter", filter, "-o", output});
        ASSERT_EQ(result.exit_code, 0) << result.err;
        EXPECT_EQ(result.out, "");
        EXPECT_EQ(result.err, "fovea: u8 [29, 21, 3] is in " + output + "\n");
      }
      const Array wanted = golden(filter + "_33x90"), got = load_npy(npy).value();
      EXPECT_EQ(got.shape(), wanted.shape());
      EXPECT_EQ(pnm(got), pnm(wanted)) << filter;
      EXPECT_EQ(read_text(ppm), pnm(wanted)) << filter;
    }
}

TEST(OpRun, ListsAndSwitchesReachTheOp) {
  const TemporaryDirectory folder;
  const std::string picture = folder.write("a.ppm", "P6\n2 1\n255\n" + std::string("abcdef")).native();
  const std::string out = (folder.path() / "out.ppm").native();
  struct Case {
    std::vector<std::string> flags;
    std::string pixels;
  };
  for (const Case& tested : {Case{{}, "defabc"}, Case{{"--no-horizontal"}, "abcdef"}, Case{{"--vertical"}, "defabc"},
                             Case{{"--horizontal", "--no-vertical", "-q"}, "defabc"}}) {
    std::vector<std::string> arguments{"op", "run", "flip", picture, "-o", out};
    arguments.insert(arguments.end(), tested.flags.begin(), tested.flags.end());
    EXPECT_EQ(fovea(arguments).exit_code, 0);
    EXPECT_EQ(read_text(out), "P6\n2 1\n255\n" + tested.pixels);
  }
  const std::string npy = (folder.path() / "out.npy").native();
  const ProgramResult result = fovea({"op", "run", "prepare_image", picture, "--resize", "1", "--crop", "1", "--mean",
                                      "-1,0.25,0", "--std", "0.5,1,2", "--filter", "nearest", "-o", npy, "-q"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  const Array prepared = load_npy(npy).value();
  EXPECT_EQ(prepared.shape(), (Shape{3, 1, 1}));
  const auto values = prepared.span<float>();
  // The centre of two columns rounds half to even, so the first pixel: a, b, c are 97, 98, 99.
  EXPECT_FLOAT_EQ(values[0], (97 / 255.0f + 1) / 0.5f);
  EXPECT_FLOAT_EQ(values[1], 98 / 255.0f - 0.25f);
  EXPECT_FLOAT_EQ(values[2], 99 / 255.0f / 2);
}

TEST(OpRun, SeveralAndOptionalInputs) {
  const TemporaryDirectory folder;
  const auto save = [&](const std::string& name, const std::vector<float>& values, Shape shape) {
    const std::string file = (folder.path() / name).native();
    save_npy(file, Array::of<float>(values, std::move(shape)));
    return file;
  };
  const std::string x = save("x.npy", {1, 2}, {1, 2}), weight = save("w.npy", {3, 4, 5, 6}, {2, 2}),
                    bias = save("b.npy", {100, 200}, {2}), out = (folder.path() / "y.npy").native();
  ASSERT_EQ(fovea({"op", "run", "linear", x, weight, "-o", out}).exit_code, 0);
  EXPECT_THAT(load_npy(out).value().span<float>(), testing::ElementsAre(11, 17));
  ASSERT_EQ(fovea({"op", "run", "linear", x, weight, bias, "-o", out}).exit_code, 0);
  EXPECT_THAT(load_npy(out).value().span<float>(), testing::ElementsAre(111, 217));
  const ProgramResult shapes = fovea({"op", "run", "linear", x, bias, "-o", out});
  EXPECT_EQ(shapes.exit_code, 2);
  expect_error_line(shapes, "INVALID_ARGUMENT", "op run linear: ");
}

TEST(OpRun, GreyResultsArePgm) {
  const TemporaryDirectory folder;
  const Array grey = Array::of<std::uint8_t>(std::vector<std::uint8_t>{9, 10, 13}, {1, 3, 1});
  const std::string in = (folder.path() / "grey.npy").native(), out = (folder.path() / "out.pgm").native();
  save_npy(in, grey);
  ASSERT_EQ(fovea({"op", "run", "flip", in, "-o", out}).exit_code, 0);
  EXPECT_EQ(read_text(out), "P5\n3 1\n255\n\r\n\t");
}

TEST(OpRun, PicturesAreWrittenAsTheirNamesSay) {
  const TemporaryDirectory folder;
  const std::string picture = folder.write("a.ppm", "P6\n2 1\n255\n" + std::string("abcdef")).native();
  struct Case {
    std::string name, format;
    int nearness;
  };
  for (const Case& tested : {Case{"out.png", "png", 0}, Case{"out.JPG", "jpeg", 20}, Case{"out.webp", "webp", 20},
                             Case{"out.tif", "tiff", 0}, Case{"out.bmp", "bmp", 0}, Case{"out.pnm", "pnm", 0}}) {
    const std::string out = (folder.path() / tested.name).native();
    const ProgramResult result = fovea({"op", "run", "flip", picture, "-o", out});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const std::string file = read_text(out);
    const Result<DecodedImage> image = decode(std::as_bytes(std::span(file)));
    ASSERT_TRUE(image) << tested.name << image.error().what();
    EXPECT_EQ(image.value().info.format, tested.format);
    const auto pixels = image.value().pixels.span<std::uint8_t>();
    ASSERT_EQ(pixels.size(), 6u);
    for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(pixels[i], "defabc"[i], tested.nearness) << tested.name;
  }
}

struct Refusal {
  std::vector<std::string> arguments;  // PICTURE, FLOATS and OUT are files
  int exit_code;
  std::string code, part;
};
void PrintTo(const Refusal& refusal, std::ostream* out) {
  for (const std::string& argument : refusal.arguments) *out << argument << ' ';
}
class OpRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(OpRefusal, IsOneLineAndLeavesNoFile) {
  const TemporaryDirectory folder;
  const std::string text = picture(1, 8, 6);
  folder.write("PICTURE", text);
  folder.write("TEXT", "no picture");
  ASSERT_EQ(::mkfifo((folder.path() / "PIPE").c_str(), 0600), 0);  // opening it would wait for a writer
  folder.write("CUT.npy", std::string("\x93NUMPY\1\0", 8));
  save_npy(folder.path() / "FLOATS.npy", Array::zeros({2, 2, 3}, DType::f32));
  const ProgramResult result =
      fovea(GetParam().arguments, {.environment = {}, .folder = folder.path().native(), .out_file = "", .started = {}});
  EXPECT_EQ(result.exit_code, GetParam().exit_code) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(lines_of(result.err).size(), 1u) << result.err;
  expect_error_line(result, GetParam().code, GetParam().part);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "OUT.npy"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "OUT.ppm"));
  EXPECT_EQ(read_text(folder.path() / "PICTURE"), text);
}

const std::string bad = "INVALID_ARGUMENT";
INSTANTIATE_TEST_SUITE_P(
    Table, OpRefusal,
    testing::Values(
        Refusal{{"op"}, 2, bad, "expected list, show, run or docs, got nothing"},
        Refusal{{"op", "lst"}, 2, bad, "'lst'"}, Refusal{{"op", "list", "x"}, 2, bad, "'x'"},
        Refusal{{"op", "docs", "x"}, 2, bad, "'x'"}, Refusal{{"op", "show"}, 2, bad, "expected NAME"},
        Refusal{{"op", "show", "resise"},
                2,
                bad,
                "expected an op, got 'resise'; did you mean 'resize'? (see: fovea op list)"},
        Refusal{{"op", "run"}, 2, bad, "got nothing"}, Refusal{{"op", "run", ""}, 2, bad, "empty argument"},
        Refusal{{"op", "run", "Flip", "PICTURE", "-o", "OUT.ppm"}, 2, bad, "got 'Flip'"},
        Refusal{{"op", "run", "flip", "-o", "OUT.ppm"}, 2, bad, "expected IMAGE"},
        Refusal{{"op", "run", "flip", "PICTURE", "PICTURE", "-o", "OUT.ppm"}, 2, bad, "no more than"},
        Refusal{{"op", "run", "flip", "PICTURE"}, 2, bad, "--output: expected a file, got none"},
        Refusal{{"op", "run", "flip", "PICTURE", "-o", "OUT.gif"}, 2, bad, ".bmp, .ppm or .pgm, got 'OUT.gif'"},
        Refusal{{"op", "run", "flip", "PICTURE", "-o", "OUT"}, 2, bad, "got 'OUT'"},
        Refusal{{"op", "run", "flip", "FLOATS.npy", "-o", "OUT.png"}, 2, bad, "for .png, got f32 [2, 2, 3]"},
        Refusal{{"op", "run", "flip", "PICTURE", "-o", "no/OUT.ppm"}, 74, "IO", "No such file"},
        Refusal{{"op", "run", "flip", "PICTURE", "-o", "OUT.pgm"}, 2, bad, "u8 [height, width, 1] for .pgm, got u8"},
        Refusal{{"op", "run", "flip", "FLOATS.npy", "-o", "OUT.ppm"}, 2, bad, "got f32 [2, 2, 3]"},
        Refusal{{"op", "run", "flip", "PICTURE", "-o", "OUT.ppm", "--wide"}, 2, bad, "'--wide'"},
        Refusal{{"op", "run", "flip", "PICTURE", "-o", "OUT.ppm", "--horizontal", "--no-horizontal"}, 2, bad, "both"},
        Refusal{{"op", "run", "resize", "PICTURE", "-o", "OUT.ppm", "--height", "9"}, 2, bad, "width"},
        Refusal{{"op", "run", "resize", "PICTURE", "-o", "OUT.ppm", "--height", "0"}, 2, bad, "1 to 65535, got '0'"},
        Refusal{{"op", "run", "resize", "PICTURE", "-o", "OUT.ppm", "--height", "65536"}, 2, bad, "--height"},
        Refusal{{"op", "run", "resize", "PICTURE", "-o", "OUT.ppm", "--height", "9.5"}, 2, bad, "'9.5'"},
        Refusal{
            {"op", "run", "resize", "PICTURE", "-o", "OUT.ppm", "--filter", "cubic"}, 2, bad, "one of nearest, box"},
        Refusal{{"op", "run", "batch_norm", "a", "b", "c", "d", "e", "-o", "OUT.npy", "--epsilon", "2"},
                2,
                bad,
                "a number from 0 to 1, got '2'"},
        Refusal{
            {"op", "run", "batch_norm", "a", "b", "c", "d", "e", "-o", "OUT.npy", "--epsilon", "nan"}, 2, bad, "'nan'"},
        Refusal{{"op", "run", "prepare_image", "PICTURE", "-o", "OUT.npy", "--mean", "1,,2"}, 2, bad, "--mean"},
        Refusal{{"op", "run", "prepare_image", "PICTURE", "-o", "OUT.npy", "--mean", "1,2"}, 2, bad, "3 channels"},
        Refusal{{"op", "run", "prepare_image", "PICTURE", "-o", "OUT.npy", "--std", "1,inf,2"}, 2, bad, "'inf'"},
        Refusal{{"op", "run", "prepare_image", "PICTURE", "-o", "OUT.npy", "--crop", "300"}, 2, bad, "prepare_image"},
        Refusal{{"op", "run", "prepare_image", "FLOATS.npy", "-o", "OUT.npy"}, 2, bad, "op run prepare_image: "},
        Refusal{{"op", "run", "flip", "missing", "-o", "OUT.ppm"}, 65, "NOT_FOUND", "op run missing: "},
        Refusal{{"op", "run", "flip", ".", "-o", "OUT.ppm"}, 65, "NOT_A_FILE", "op run .: "},
        Refusal{{"op", "run", "flip", "PIPE", "-o", "OUT.ppm"}, 65, "NOT_A_FILE", "op run PIPE: "},
        Refusal{{"op", "run", "flip", "TEXT", "-o", "OUT.ppm"}, 65, "UNKNOWN_FORMAT", "op run TEXT: "},
        Refusal{{"op", "run", "flip", "CUT.npy", "-o", "OUT.ppm"}, 65, "TRUNCATED", "op run CUT.npy: "},
        Refusal{{"op", "run", "flip", "FLOATS.npy", "-o", "FLOATS.npy"}, 2, bad, "a file that is not read"}));

TEST(OpRun, EveryOpHasHelpThatNamesItsParameters) {
  for (const ops::OpInfo& op : ops::list()) {
    const ProgramResult result = fovea({"op", "run", op.name, "--help"}), other = fovea({"help", "op", "run", op.name});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.out, other.out);
    for (const ops::ParamInfo& info : op.params) EXPECT_NE(result.out.find("--" + info.name), std::string::npos);
    for (const std::string& line : lines_of(result.out)) EXPECT_LE(line.size(), 200u) << line;
  }
}

TEST(OpDocs, AreInTheTree) {
  const ProgramResult result = fovea({"op", "docs"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(read_text(FOVEA_SOURCE_DIR "/docs/ops.md"), result.out) << "renew it: build/fovea op docs > docs/ops.md";
}

}  // namespace
}  // namespace fovea::test
