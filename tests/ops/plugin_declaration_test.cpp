#include <gmock/gmock.h>

#include <limits>

#include "ops/plugin/declaration.h"
#include "support/expect_error.h"

namespace fovea {
namespace {

using testing::ElementsAre;

int infer(const fovea_query*) {
  return FOVEA_OK;
}
int run(const fovea_call*) {
  return FOVEA_OK;
}

// An op with an input, an optional one and a parameter of each type, to be spoilt.
struct Sample {
  std::vector<const char*> inputs{"x", "y?", nullptr};
  std::vector<const char*> choices{"near", "far", nullptr};
  std::vector<double> numbers{1, 2};
  fovea_param yes{sizeof(fovea_param), "yes", "a truth", FOVEA_PARAM_BOOL, {1, 0, nullptr, nullptr, 0}, 0, 0, nullptr};
  fovea_param whole{
      sizeof(fovea_param), "whole", "an integer", FOVEA_PARAM_INTEGER, {-3, 0, nullptr, nullptr, 0}, -9, 9, nullptr};
  fovea_param number{sizeof(fovea_param),           "number", "a number", FOVEA_PARAM_NUMBER,
                     {0, 2.5, nullptr, nullptr, 0}, 0,        0,          nullptr};
  fovea_param text{sizeof(fovea_param),       "text", "a text", FOVEA_PARAM_TEXT,
                   {0, 0, "far", nullptr, 0}, 0,      0,        choices.data()};
  fovea_param list{
      sizeof(fovea_param), "list", "numbers", FOVEA_PARAM_LIST, {0, 0, nullptr, numbers.data(), 2}, 0, 5, nullptr};
  std::vector<const fovea_param*> params{&yes, &whole, &number, &text, &list, nullptr};
  fovea_op op{sizeof(fovea_op), "sample", "a sample", inputs.data(), params.data(),
              FOVEA_OP_STRIDED, infer,    run,        nullptr};
};

TEST(PluginDeclaration, BecomesAnOp) {
  const Sample sample;
  const ops::Op op = ops::declared_op(sample.op);
  EXPECT_EQ(op.name, "sample");
  EXPECT_EQ(op.summary, "a sample");
  EXPECT_THAT(op.inputs, ElementsAre("x", "y?"));
  EXPECT_TRUE(op.strided);
  ASSERT_EQ(op.params.size(), 5u);
  EXPECT_EQ(op.params[0].fallback, ops::Value(true));
  EXPECT_EQ(op.params[1].fallback, ops::Value(std::int64_t{-3}));
  EXPECT_EQ(op.params[1].min, -9);
  EXPECT_EQ(op.params[2].fallback, ops::Value(2.5));
  EXPECT_EQ(op.params[3].fallback, ops::Value(std::string("far")));
  EXPECT_THAT(op.params[3].choices, ElementsAre("near", "far"));
  EXPECT_EQ(op.params[4].fallback, ops::Value(std::vector<double>{1, 2}));
  EXPECT_EQ(op.params[4].max, 5);
}

TEST(PluginDeclaration, MayBeLongerThanThisVersions) {
  Sample sample;
  sample.op.size += 8;
  sample.whole.size += 16;
  EXPECT_EQ(ops::declared_op(sample.op).params.size(), 5u);
}

TEST(PluginDeclaration, NeedsNeitherInputsNorParameters) {
  Sample sample;
  sample.op.inputs = nullptr;
  sample.op.params = nullptr;
  const ops::Op op = ops::declared_op(sample.op);
  EXPECT_TRUE(op.inputs.empty());
  EXPECT_TRUE(op.params.empty());
}

struct Spoilt {
  std::string part;
  void (*spoil)(Sample&);
  Errc code = Errc::invalid_argument;
};
void PrintTo(const Spoilt& spoilt, std::ostream* out) {
  *out << spoilt.part;
}
class PluginDeclarationRefusal : public testing::TestWithParam<Spoilt> {};

TEST_P(PluginDeclarationRefusal, NamesWhatIsWrong) {
  Sample sample;
  GetParam().spoil(sample);
  test::expect_error(GetParam().code, GetParam().part, [&] { ops::declared_op(sample.op); });
}

constexpr double infinity = std::numeric_limits<double>::infinity();
const char* const long_name = "a2345678901234567890123456789012345678901234567890123456789012345";
INSTANTIATE_TEST_SUITE_P(
    Table, PluginDeclarationRefusal,
    testing::Values(
        Spoilt{"an op: expected a structure of 72 bytes, got 71", [](Sample& s) { --s.op.size; }, Errc::unsupported},
        Spoilt{"a parameter: expected a structure of 96 bytes", [](Sample& s) { s.yes.size = 8; }, Errc::unsupported},
        Spoilt{"an op: expected a name, got null", [](Sample& s) { s.op.name = nullptr; }},
        Spoilt{"got ''", [](Sample& s) { s.op.name = ""; }}, Spoilt{"got '2d'", [](Sample& s) { s.op.name = "2d"; }},
        Spoilt{"got 'a b'", [](Sample& s) { s.op.name = "a b"; }},
        Spoilt{"got '_a'", [](Sample& s) { s.op.name = "_a"; }},
        Spoilt{"got 'lambda'", [](Sample& s) { s.op.name = "lambda"; }},
        Spoilt{"a2345", [](Sample& s) { s.op.name = long_name; }},
        Spoilt{"sample: expected a summary, got none", [](Sample& s) { s.op.summary = nullptr; }},
        Spoilt{"sample: expected a summary of one line", [](Sample& s) { s.op.summary = "two\nlines"; }},
        Spoilt{"sample: expected a function infer", [](Sample& s) { s.op.infer = nullptr; }},
        Spoilt{"sample: expected a body for the cpu or for CUDA", [](Sample& s) { s.op.run_cpu = nullptr; }},
        Spoilt{"sample: expected flags of this version, got 5", [](Sample& s) { s.op.flags = 5; }},
        Spoilt{"sample: an input: expected a name", [](Sample& s) { s.inputs[0] = "X"; }},
        Spoilt{"sample: an input: expected a name", [](Sample& s) { s.inputs[1] = "?"; }},
        Spoilt{"optional inputs last, got y behind one",
               [](Sample& s) {
                 s.inputs[0] = "x?";
                 s.inputs[1] = "y";
               }},
        Spoilt{"names that differ, got x twice", [](Sample& s) { s.inputs[1] = "x?"; }},
        Spoilt{"names that differ, got y twice", [](Sample& s) { s.list.name = "y"; }},
        Spoilt{"got 'output'", [](Sample& s) { s.yes.name = "output"; }},
        Spoilt{"got 'plugin'", [](Sample& s) { s.yes.name = "plugin"; }},
        Spoilt{"got 'profile'", [](Sample& s) { s.yes.name = "profile"; }},
        Spoilt{"got 'trace'", [](Sample& s) { s.text.name = "trace"; }},
        Spoilt{"sample: yes: expected a help, got none", [](Sample& s) { s.yes.help = ""; }},
        Spoilt{"sample: yes: expected a type of 0 to 4, got 5", [](Sample& s) { s.yes.type = 5; }},
        Spoilt{"sample: whole: expected a finite range, the lower", [](Sample& s) { s.whole.min = 10; }},
        Spoilt{"sample: whole: expected a finite range", [](Sample& s) { s.whole.max = infinity; }},
        Spoilt{"sample: whole: expected a range within 2^53", [](Sample& s) { s.whole.max = 1e17; }},
        Spoilt{"sample: yes: expected no range", [](Sample& s) { s.yes.max = 1; }},
        Spoilt{"sample: number: expected a finite default", [](Sample& s) { s.number.fallback.number = -infinity; }},
        Spoilt{"sample: text: expected a default, got null", [](Sample& s) { s.text.fallback.text = nullptr; }},
        Spoilt{"sample: text: expected a default that is one of its choices, got 'here'",
               [](Sample& s) { s.text.fallback.text = "here"; }},
        Spoilt{"sample: text: expected a choice, got none", [](Sample& s) { s.choices[0] = ""; }},
        Spoilt{"sample: number: expected no choices", [](Sample& s) { s.number.choices = s.choices.data(); }},
        Spoilt{"sample: list: expected a default, got null", [](Sample& s) { s.list.fallback.list = nullptr; }},
        Spoilt{"sample: list: expected a default of finite numbers", [](Sample& s) { s.numbers[1] = infinity; }}));

}  // namespace
}  // namespace fovea
