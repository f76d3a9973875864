#include <cmath>
#include <fstream>

#include "language/evaluated.h"
#include "support/test_data.h"

namespace fovea::test {
namespace {

using language::Program;
using language::Value;

template <class T>
std::vector<T> values(const Array& array) {
  const Array packed = array.contiguous() ? array : array.copy();
  const auto span = packed.span<T>();
  return {span.begin(), span.end()};
}
using Reals = std::vector<double>;
using Whole = std::vector<std::int64_t>;

Array grid() {  // [[0, 1, 2], [3, 4, 5]]
  return array<double>({0, 1, 2, 3, 4, 5}, {2, 3});
}

TEST(LanguageNumbers, HaveTheValuesOfPython) {
  std::ifstream file(test_data("language/values.txt"));
  std::string source, wanted;
  int count = 0;
  while (std::getline(file, source) && std::getline(file, wanted)) {
    ++count;
    const Value got = Program(source).run({});
    if (wanted == "True" || wanted == "False") {
      ASSERT_TRUE(std::holds_alternative<bool>(got.data)) << source;
      EXPECT_EQ(std::get<bool>(got.data), wanted == "True") << source;
    } else if (wanted.find_first_of(".einf") == wanted.npos) {
      ASSERT_TRUE(std::holds_alternative<std::int64_t>(got.data)) << source;
      EXPECT_EQ(std::get<std::int64_t>(got.data), std::stoll(wanted)) << source;
    } else {
      ASSERT_TRUE(std::holds_alternative<double>(got.data)) << source;
      const double value = std::stod(wanted);
      EXPECT_NEAR(std::get<double>(got.data), value, 4e-16 * std::abs(value)) << source;
    }
  }
  EXPECT_EQ(count, 300);
}

TEST(LanguageNumbers, OfTheSourceDoNotWrap) {
  expect_refused("2**63", 1, 2, "a result of 64 bits from '**'");
  expect_refused("9223372036854775807 + 1", 20, 1, "64 bits");
  expect_refused("-9223372036854775807 - 2", 21, 1, "64 bits");
  expect_refused("9223372036854775807 * 2", 20, 1, "64 bits");
  expect_refused("1 << 63", 2, 2, "64 bits");
  expect_refused("1 << -1", 2, 2, "a count of at least 0");
  expect_refused("1 // 0", 2, 2, "a divisor other than 0");
  expect_refused("1 % 0", 2, 1, "a divisor other than 0");
  expect_refused("(-9223372036854775807 - 1) // -1", 27, 2, "64 bits");
  EXPECT_EQ(number("(-9223372036854775807 - 1) % -1"), 0);
  EXPECT_EQ(number("0 ** 0"), 1);
  EXPECT_EQ(number("(-1) ** 9223372036854775807"), -1);
  EXPECT_EQ(number("10 ** -3"), 1e-3);
  EXPECT_TRUE(std::isinf(number("1 / 0")));
  EXPECT_EQ(number("-7 >> 200"), -1);
}

TEST(LanguageOperators, WorkElementByElement) {
  const Names names{{"x", value(grid())}, {"i", value(array<std::int32_t>({1, 2, 3}, {3}))}};
  EXPECT_EQ(values<double>(evaluated("x * 2 + i", names)), (Reals{1, 4, 7, 7, 10, 13}));
  EXPECT_EQ(evaluated("x * 2 + i", names).shape(), (Shape{2, 3}));
  EXPECT_EQ(evaluated("i + 1", names).dtype(), DType::i32);  // numbers of the source are weak
  EXPECT_EQ(evaluated("i + 1.5", names).dtype(), DType::f64);
  EXPECT_EQ(values<bool>(evaluated("1 < x <= 3", names)), (std::vector<bool>{false, false, true, true, false, false}));
  EXPECT_EQ(values<bool>(evaluated("x < 1 or x > 4 and not x == 5", names)),
            (std::vector<bool>{true, false, false, false, false, false}));
  EXPECT_EQ(values<std::int32_t>(evaluated("-i ** 2", names)), (std::vector<std::int32_t>{-1, -4, -9}));
  EXPECT_EQ(values<double>(evaluated("i * [1, 0.5, 2]", names)), (Reals{1, 1, 6}));
  EXPECT_EQ(values<double>(evaluated("abs(x - 2).imag", {{"x", value(array<std::complex<double>>({{1, 2}}, {1}))}})),
            (Reals{0}));
  EXPECT_EQ(values<std::complex<double>>(evaluated("[1, 2j] * 2")), (std::vector<std::complex<double>>{2, {0, 4}}));
  EXPECT_EQ(number("sum(sqrt(x) + x**2)", {{"x", value(array<double>({0, 1, 4}, {3}))}}), 3 + 17);
  EXPECT_EQ(values<std::uint8_t>(evaluated("u8 = x.astype('u8'); ~u8 & 0xFF", names))[1], 254);
}

TEST(LanguageOperators, SayWhatDoesNotFit) {
  const Names names{{"x", value(grid())}, {"i", value(array<std::int32_t>({1, 2}, {2}))}};
  expect_refused("x + i", 2, 1, "[2, 3]", names);
  expect_refused("1 + x + i * 2 + x", 6, 1, "", names);
  expect_refused("i ** -1", 2, 2, "an exponent of at least 0 for integers", names);
  expect_refused("x + 'a'", 2, 1, "expected an array or a number, got the text 'a'", names);
  expect_refused("x + None", 2, 1, "got None", names);
  expect_refused("[1, [2]] + x", 9, 1, "rows of equal length", names);
  expect_refused("['a'] + x", 6, 1, "numbers in a list", names);
  expect_refused("x @ i", 2, 1, "",
                 {{"x", value(Array::zeros({1}, DType::boolean))}, {"i", value(Array::zeros({1}, DType::boolean))}});
}

TEST(LanguageIndices, AreNumPys) {
  const Names names{{"x", value(grid())}, {"n", value(std::int64_t{1})}};
  EXPECT_EQ(values<double>(evaluated("x[1]", names)), (Reals{3, 4, 5}));
  EXPECT_EQ(values<double>(evaluated("x[:, 1]", names)), (Reals{1, 4}));
  EXPECT_EQ(values<double>(evaluated("x[..., -1]", names)), (Reals{2, 5}));
  EXPECT_EQ(values<double>(evaluated("x[n, n:]", names)), (Reals{4, 5}));
  EXPECT_EQ(number("x[1, 2]", names), 5);
  EXPECT_EQ(evaluated("x[1, 2]", names).shape(), Shape{});
  EXPECT_EQ(values<double>(evaluated("x[::-1, ::2]", names)), (Reals{3, 5, 0, 2}));
  EXPECT_EQ(evaluated("x[:, None, ..., None]", names).shape(), (Shape{2, 1, 3, 1}));
  EXPECT_EQ(evaluated("x[None]", names).shape(), (Shape{1, 2, 3}));
  EXPECT_EQ(values<double>(evaluated("x[:, None, 1]", names)), (Reals{1, 4}));
  EXPECT_EQ(evaluated("x[5:, 7:9]", names).shape(), (Shape{0, 0}));
  EXPECT_EQ(values<double>(evaluated("(x + 1)[0]", names)), (Reals{1, 2, 3}));
  EXPECT_EQ(values<double>(evaluated("x.T[2]", names)), (Reals{2, 5}));
  EXPECT_EQ(number("x.shape[-1] * x.ndim + x.size", names), 12);
  EXPECT_EQ(values<Whole::value_type>(evaluated("x.shape", names)), (Whole{2, 3}));
}

TEST(LanguageIndices, SayWhatDoesNotFit) {
  const Names names{{"x", value(grid())}};
  expect_refused("x[2]", 2, 1, "expected an index from -2 to 1 for axis 0 of [2, 3], got 2", names);
  expect_refused("x[0, -4]", 5, 1, "got -4", names);
  expect_refused("x[0, 1, 2]", 8, 1, "at most 2 indices", names);
  expect_refused("x[..., ...]", 7, 3, "one '...'", names);
  expect_refused("x[1.5]", 2, 3, "expected an integer, got 1.5", names);
  expect_refused("x[::0]", 2, 1, "a step other than 0", names);
  expect_refused("x[0, 'a':]", 5, 3, "expected an integer, got the text 'a'", names);
  expect_refused("x[x > 1]", 4, 1, "masks are applied by where()", names);
  expect_refused("x[[0, 1]]", 2, 1, "arrays as indices are not taken", names);
  expect_refused("3[0]", 2, 1, "", names);
  expect_refused("x.shape[2]", 8, 1, "an index from -2 to 1", names);
  expect_refused("x.shape[0:1]", 8, 1, "index of a list", names);
}

TEST(LanguageNames, AreLookedUp) {
  EXPECT_EQ(number("a = 2; b = a * 3; a = 10; a + b"), 16);
  EXPECT_EQ(number("e", {{"e", value(3.0)}}), 3);
  EXPECT_DOUBLE_EQ(number("e ** 1 + pi"), std::exp(1.0) + std::acos(-1.0));
  EXPECT_TRUE(std::isnan(number("nan")));
  expect_refused("1 + imge", 4, 4, "there is no value 'imge'; did you mean 'img'?; give it as imge=FILE",
                 {{"img", value(grid())}});
  expect_refused("sqrt + 1", 0, 4, "a function; call it: sqrt(x)");
  expect_refused("np.sqrt(2)", 0, 2, "functions stand by themselves");
  expect_refused("1 + sqr(2)", 4, 3, "there is no function 'sqr'; did you mean 'sqrt'?");
  expect_refused("[1].foo", 4, 3, "expected .T, .real, .imag");
  expect_refused("[1].sum", 4, 3, "as a function it is called: .sum()");
}

TEST(LanguageLimits, EndHostileSources) {
  const Names names{{"x", value(array<double>({1}, {1}))}};
  std::string doubled = "a = x + 1;", lists = "a = [1];", chain = "x";
  for (int k = 0; k < 60; ++k) doubled += "a = a + a;", lists += "a = [a, a];";
  for (int k = 0; k < 5000; ++k) chain += "+x";
  for (const std::string& source : {doubled + "a", lists + "a", chain}) {
    try {
      (void)Program(source).run(names);
      ADD_FAILURE() << source.substr(0, 20);
    } catch (const language::SourceError& error) {
      EXPECT_NE(std::string(error.what()).find("10000 steps"), std::string::npos) << error.what();
    }
  }
  language::Options options;
  options.max_bytes = 1000;
  for (const std::string source :
       {"zeros(126)", "ones((1000, 1000))", "arange(1e9)", "arange(10**18)", "linspace(0, 1, 200)", "eye(12)",
        "full(200, 1)", "broadcast_to(x, (10**9, 10**9))", "concatenate([zeros(100), zeros(100)])",
        "ones((5, 5, 5))[0] + ones((2**31, 2**31, 2**31))"}) {
    try {
      (void)evaluated(source, names, options);
      ADD_FAILURE() << source;
    } catch (const language::SourceError& error) {
      EXPECT_EQ(error.code(), Errc::limit_memory) << source << ": " << error.what();
    }
  }
  EXPECT_EQ(number("sum(zeros(125))"), 0);
}

TEST(LanguageRun, StopsWhenAskedAndTellsItsSteps) {
  std::stop_source stop;
  language::Options options;
  std::string steps;
  options.progress = [&](std::string_view step, double done) {
    EXPECT_GE(done, 0);
    EXPECT_LE(done, 1);
    if (!steps.ends_with(std::string(step) + " ")) steps += std::string(step) + " ";
  };
  options.stop = stop.get_token();
  const Names names{{"x", value(array<float>({1, 2, 3}, {1, 3}))}};
  EXPECT_EQ(evaluated("softmax(x * 2)", names, options).shape(), (Shape{1, 3}));
  EXPECT_EQ(steps, "softmax ");
  stop.request_stop();
  try {
    (void)evaluated("softmax(x * 2)", names, options);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::interrupted);
  }
}

}  // namespace
}  // namespace fovea::test
