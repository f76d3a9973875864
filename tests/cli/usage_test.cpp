#include "run_fovea.h"

namespace fovea::test {
namespace {

struct Case {
  std::vector<std::string> arguments;
  std::string part;  // of the message
};

class Usage : public testing::TestWithParam<Case> {};

TEST_P(Usage, IsRefusedInOneLineWithStatus2) {
  const ProgramResult result = fovea(GetParam().arguments);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(lines_of(result.err).size(), 1u) << result.err;
  expect_error_line(result, "INVALID_ARGUMENT", GetParam().part);
  EXPECT_NE(result.err.find("(see: fovea help"), std::string::npos) << result.err;
}

INSTANTIATE_TEST_SUITE_P(
    Table, Usage,
    testing::Values(
        Case{{}, "expected a verb"}, Case{{"clasify"}, "'clasify'; did you mean 'classify'?"}, Case{{""}, "''"},
        Case{{"--verbose"}, "'--verbose'"}, Case{{"help", "nothing"}, "'nothing'"}, Case{{"help", "help"}, "'help'"},
        Case{{"classify"}, "classify: expected INPUT..., got nothing"}, Case{{"classify", ""}, "empty argument"},
        Case{{"classify", "--colour", "x"}, "'--colour'"},
        Case{{"classify", "x", "--topkk=3"}, "'--topkk=3'; did you mean '--topk'?"}, Case{{"classify", "-rf"}, "'-rf'"},
        Case{{"classify", "x", "-o"}, "--output"}, Case{{"classify", "x", "-o", ""}, "--output"},
        Case{{"classify", "x", "-b", "0"}, "--batch-size: expected an integer from 1 to 4096, got '0'"},
        Case{{"classify", "x", "--batch-size=two"}, "'two'"}, Case{{"classify", "x", "--batch-size=0x10"}, "'0x10'"},
        Case{{"classify", "x", "--batch-size=99999999999999999999"}, "'99999999999999999999'"},
        Case{{"classify", "x", "-b", "1", "-b", "2"}, "batch-size"}, Case{{"classify", "x", "-j", "-1"}, "--workers"},
        Case{{"classify", "x", "--workers", "5000"}, "from 1 to 4096"}, Case{{"classify", "x", "--topk=0"}, "--topk"},
        Case{{"classify", "x", "--format", "xml"}, "one of jsonl, csv, got 'xml'"},
        Case{{"classify", "x", "--max-failures", "101%"}, "'101%'"},
        Case{{"classify", "x", "--max-failures=-1"}, "'-1'"}, Case{{"classify", "x", "--max-failures=nan%"}, "'nan%'"},
        Case{{"classify", "x", "--conv-tile", "3"}, "one of 2, 4, 6, got '3'"},
        Case{{"classify", "x", "--resize", "0"}, "--resize"}, Case{{"classify", "x", "--crop", "1e3"}, "'1e3'"},
        Case{{"classify", "x", "--interpolation", "cubic"}, "'cubic'"},
        Case{{"classify", "x", "--mean", "0.5,,0.5"}, "--mean"}, Case{{"classify", "x", "--mean", "nan,0,0"}, "--mean"},
        Case{{"classify", "x", "--std", "0,1,1"}, "above 0"}, Case{{"classify", "x", "--std", "1,1,1,"}, "--std"},
        Case{{"classify", "x", "--background", "12345"}, "RRGGBB"},
        Case{{"classify", "x", "--background", "-00001"}, "-00001"},
        Case{{"classify", "x", "--max-pixels", "-5"}, "--max-pixels"},
        Case{{"classify", "x", "--max-bytes", "8Q"}, "'8Q'"},
        Case{{"classify", "x", "--max-bytes", "9999999999T"}, "--max-bytes"},
        Case{{"classify", "x", "--max-scans", "0"}, "--max-scans"},
        Case{{"classify", "x", "--max-metadata", "M"}, "'M'"}, Case{{"classify", "x", "--quiet=maybe"}, "quiet"},
        Case{{"model"}, "expected list, show, pull, explain"}, Case{{"model", "push"}, "'push'"},
        Case{{"model", "list", "x"}, "'x'"}, Case{{"model", "show"}, "expected MODEL"},
        Case{{"model", "show", "a", "b"}, "'b'"}, Case{{"model", "pull"}, "expected NAME"},
        Case{{"model", "explain"}, "expected MODEL"}, Case{{"model", "explain", "mini", "-b", "65"}, "from 1 to 64"},
        Case{{"model", "tune"}, "expected MODEL"}, Case{{"model", "tune", "mini", "--for", "speed"}, "'speed'"},
        Case{{"report"}, "expected FILE.jsonl"}, Case{{"report", "a", "--rows", "-1"}, "--rows"},
        Case{{"info", "more"}, "'more'"}));

TEST(Usage, ControlCharactersOfAnArgumentAreEscaped) {
  const ProgramResult result = fovea({"classify", "x", "--format", "a\x1b[31m\nb\xff\u202e"});
  EXPECT_EQ(result.exit_code, 2);
  expect_error_line(result, "INVALID_ARGUMENT", R"('a\x1b[31m\nb\xff\xe2\x80\xae')");
}

TEST(Usage, AMessageEndsBefore512Bytes) {
  const ProgramResult result = fovea({"classify", "x", "--format", std::string(5000, 'y')});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err.size(), 512u);
  expect_error_line(result, "INVALID_ARGUMENT");
}

struct HelpCase {
  std::vector<std::string> verb;
  std::vector<std::string> parts;
};
class Help : public testing::TestWithParam<HelpCase> {};

TEST_P(Help, IsTheSameFromTheVerbAndTheOption) {
  std::vector<std::string> by_verb{"help"}, by_option = GetParam().verb;
  by_verb.insert(by_verb.end(), GetParam().verb.begin(), GetParam().verb.end());
  by_option.push_back("--help");
  const ProgramResult result = fovea(by_verb), other = fovea(by_option);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.out, other.out);
  for (const std::string& part : GetParam().parts) EXPECT_NE(result.out.find(part), std::string::npos) << part;
  EXPECT_EQ(result.out.find("\n\n\n"), std::string::npos) << result.out;
  for (const std::string& line : lines_of(result.out)) {
    EXPECT_LE(line.size(), 125u) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Verbs, Help,
    testing::Values(HelpCase{{"classify"},
                             {"Usage: fovea classify [OPTION]... INPUT...",
                              "Examples:",
                              "--model",
                              "--batch-size",
                              "--workers",
                              "--topk",
                              "--device",
                              "--output",
                              "--format",
                              "--labels",
                              "--save-logits",
                              "--no-exif",
                              "--max-failures",
                              "--quiet",
                              "--json-summary",
                              "--resize",
                              "--crop",
                              "--interpolation",
                              "--mean",
                              "--std",
                              "--background",
                              "--max-pixels",
                              "--max-side",
                              "--max-bytes",
                              "--max-scans",
                              "--max-metadata",
                              "75"}},
                    HelpCase{{"model"}, {"model show", "model explain", "model tune", "Examples:"}},
                    HelpCase{{"model", "list"}, {"Usage: fovea model list", "Examples:"}},
                    HelpCase{{"model", "show"}, {"MODEL", "Examples:"}},
                    HelpCase{{"model", "pull"}, {"--url", "Examples:"}},
                    HelpCase{{"model", "explain"}, {"MODEL", "--batch", "--threads", "Examples:"}},
                    HelpCase{{"model", "tune"}, {"MODEL", "--for", "FOVEA_TUNING=off", "Examples:"}},
                    HelpCase{{"model", "calibrate"}, {"INPUT...", "Examples:"}},
                    HelpCase{{"embed"}, {"--layer", "--conv-tile", "--precision", "Examples:"}},
                    HelpCase{{"transform"}, {"--ops", "--plugin", "--timeout", "Examples:"}},
                    HelpCase{{"stats"}, {"--duplicates", "Examples:"}}, HelpCase{{"fetch"}, {"--ca-file", "Examples:"}},
                    HelpCase{{"eval"}, {"--output", "Examples:"}}, HelpCase{{"parity"}, {"--peers", "Examples:"}},
                    HelpCase{{"report"}, {"FILE.jsonl", "--rows", "Examples:"}},
                    HelpCase{{"bench"}, {"Usage: fovea bench", "SUBJECT", "reduce", "--peers", "Examples:"}},
                    HelpCase{{"info"}, {"Usage: fovea info", "Examples:"}}));

TEST(Help, NamesEveryVerb) {
  const ProgramResult result = fovea({"--help"});
  EXPECT_EQ(result.exit_code, 0);
  for (const char* verb : {"classify", "embed", "transform", "fetch", "stats", "model", "op", "eval", "report", "bench",
                           "parity", "info", "help"})
    EXPECT_NE(result.out.find(verb), std::string::npos) << verb;
}

TEST(Version, IsOneLine) {
  const ProgramResult result = fovea({"--version"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(lines_of(result.out).size(), 1u);
  EXPECT_TRUE(result.out.starts_with("fovea ")) << result.out;
}

TEST(Version, AFullDiskIsStatus74) {
  const ProgramResult result =
      fovea({"--version"}, {.environment = {}, .folder = "", .out_file = "/dev/full", .started = {}});
  EXPECT_EQ(result.exit_code, 74);
  expect_error_line(result, "IO", "No space left on device");
}

TEST(Info, NamesTheThreadsAndTheProcessor) {
  const ProgramResult result = fovea({"info", "--quick"});
  EXPECT_EQ(result.exit_code, 0);
  for (const char* part : {"version", "compiler", "processor", "SIMD", "memory", "threads", "device"})
    EXPECT_NE(result.out.find(part), std::string::npos) << part;
  EXPECT_EQ(result.out.find("limit "), std::string::npos);
}

TEST(Info, JsonHasTheMeasuredLimits) {
  const ProgramResult result = fovea({"info", "--json"});
  EXPECT_EQ(result.exit_code, 0);
  const auto info = nlohmann::json::parse(result.out);
  for (const char* key : {"version", "compiler", "cpu", "simd", "memory_bytes", "threads", "devices", "libraries"})
    EXPECT_TRUE(info.contains(key)) << key;
  for (const char* limit : {"read", "write", "copy", "f64", "f32", "launch"}) {
    EXPECT_GT(info.at("limits").at(limit).at("value").get<double>(), 0) << limit;
    EXPECT_TRUE(info["limits"][limit]["unit"].is_string()) << limit;
  }
}

}  // namespace
}  // namespace fovea::test
