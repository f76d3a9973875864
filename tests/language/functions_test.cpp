#include <cmath>

#include "fovea/ops.h"
#include "language/evaluated.h"

namespace fovea::test {
namespace {

using language::Program;

template <class T>
std::vector<T> values(const Array& array) {
  const Array packed = array.contiguous() ? array : array.copy();
  const auto span = packed.span<T>();
  return {span.begin(), span.end()};
}
using Reals = std::vector<double>;
using Whole = std::vector<std::int64_t>;

const Names& names() {
  static const Names all{{"x", value(array<double>({0, 1, 2, 3, 4, 5}, {2, 3}))},
                         {"f", value(array<float>({1, -2, 3}, {3}))},
                         {"img", value(array<std::uint8_t>({1, 2, 3, 4, 5, 6}, {2, 1, 3}))}};
  return all;
}

TEST(LanguageReductions, TakeAxesByPlaceAndName) {
  EXPECT_EQ(number("sum(x)", names()), 15);
  EXPECT_EQ(values<double>(evaluated("sum(x, 0)", names())), (Reals{3, 5, 7}));
  EXPECT_EQ(values<double>(evaluated("x.sum(axis=-1)", names())), (Reals{3, 12}));
  EXPECT_EQ(evaluated("x.sum(axis=(0, 1), keepdims=True)", names()).shape(), (Shape{1, 1}));
  EXPECT_EQ(number("sum(x, axis=None)", names()), 15);
  EXPECT_DOUBLE_EQ(number("var(x, ddof=1)", names()), 3.5);
  EXPECT_DOUBLE_EQ(number("x.std()", names()), std::sqrt(35.0 / 12));
  EXPECT_EQ(number("norm(f, ord=1)", names()), 6);
  EXPECT_EQ(number("norm(f, ord=inf)", names()), 3);
  EXPECT_EQ(number("argmax(x) + x.min()", names()), 5);
  EXPECT_EQ(values<double>(evaluated("x - x.mean(axis=1, keepdims=True)", names())), (Reals{-1, 0, 1, -1, 0, 1}));
}

TEST(LanguageReductions, SayWhatDoesNotFit) {
  expect_refused("sum(x, axis=2)", 0, 3, "sum: ", names());
  expect_refused("1 + sum(x, axis='a')", 11, 4, "sum: axis: expected an integer, got the text 'a'", names());
  expect_refused("sum(x, axes=1)", 7, 4, "got 'axes'; did you mean 'axis'?", names());
  expect_refused("sum(x, ddof=1)", 7, 4, "expected an argument of sum(x, axis=None, keepdims=False), got 'ddof'",
                 names());
  expect_refused("sum()", 0, 3, "expected x for sum(x", names());
  expect_refused("sum(x, 0, True, 3)", 16, 1, "at most 3 arguments for sum(", names());
  expect_refused("sum(x, x=x)", 7, 1, "expected x once", names());
  expect_refused("x.sum(keepdims=1)", 6, 8, "expected True or False, got 1", names());
  expect_refused("max(zeros(0))", 0, 3, "max", names());
}

TEST(LanguageElementwise, HasEveryFunctionOfTheLibrary) {
  for (const FunctionInfo& info : elementwise_functions()) {
    std::string source(info.name);
    source += info.arity == 1 ? "(z)" : info.arity == 2 ? "(z, z)" : "(z == 1, z, z)";
    if (info.name == "clip") source = "clip(z, 0, 1)";
    bool taken = false;
    for (const DType dtype : {DType::f32, DType::i32, DType::boolean, DType::c64}) try {
        EXPECT_EQ(evaluated(source, {{"z", value(Array::zeros({2}, dtype))}}).shape(), Shape{2});
        taken = true;
      } catch (const Error&) {
      }
    EXPECT_TRUE(taken) << source;
  }
  EXPECT_EQ(values<double>(evaluated("where(x > 2, x, -1)", names())), (Reals{-1, -1, -1, 3, 4, 5}));
  EXPECT_EQ(values<double>(evaluated("x.clip(1, 3)", names())), (Reals{1, 1, 2, 3, 3, 3}));
  EXPECT_EQ(values<double>(evaluated("clip(x, high=3, low=1)", names())), (Reals{1, 1, 2, 3, 3, 3}));
  EXPECT_DOUBLE_EQ(number("hypot(3, 4) + asin(1) * 2 / pi"), 6);
  expect_refused("sqrt(f, f)", 8, 1, "at most 1 argument for sqrt(x), got 2", names());
  expect_refused("hypot(f)", 0, 5, "expected b for hypot(a, b)", names());
  expect_refused("maximum(f, 'a')", 11, 3, "maximum: b: expected an array or a number", names());
}

TEST(LanguageArrays, AreMadeAsInNumPy) {
  EXPECT_EQ(evaluated("zeros((2, 3))").shape(), (Shape{2, 3}));
  EXPECT_EQ(evaluated("zeros(2, 'u8')").dtype(), DType::u8);
  EXPECT_EQ(evaluated("ones([2], dtype=f32)").dtype(), DType::f32);
  EXPECT_EQ(values<std::int64_t>(evaluated("full(2, 7)")), (Whole{7, 7}));
  EXPECT_EQ(evaluated("full(2, 7, 'float32')").dtype(), DType::f32);
  EXPECT_EQ(evaluated("ones(())").shape(), Shape{});
  EXPECT_EQ(values<std::int64_t>(evaluated("arange(4)")), (Whole{0, 1, 2, 3}));
  EXPECT_EQ(values<std::int64_t>(evaluated("arange(5, 0, -2)")), (Whole{5, 3, 1}));
  EXPECT_EQ(values<std::int64_t>(evaluated("arange(2, step=2, stop=7)")), (Whole{2, 4, 6}));
  EXPECT_EQ(values<double>(evaluated("arange(0, 1, 0.25)")), (Reals{0, 0.25, 0.5, 0.75}));
  EXPECT_EQ(evaluated("arange(3, 1)").shape(), Shape{0});
  EXPECT_EQ(evaluated("arange(3, dtype='f32')").dtype(), DType::f32);
  EXPECT_EQ(values<double>(evaluated("linspace(1, 2, 5)")), (Reals{1, 1.25, 1.5, 1.75, 2}));
  EXPECT_EQ(evaluated("linspace(0, 1)").shape(), Shape{50});
  EXPECT_EQ(values<double>(evaluated("linspace(3, 4, 1)")), (Reals{3}));
  EXPECT_EQ(values<double>(evaluated("eye(2, 3, 1)")), (Reals{0, 1, 0, 0, 0, 1}));
  EXPECT_EQ(values<std::int64_t>(evaluated("array([[1, 2], [3, 4]])")), (Whole{1, 2, 3, 4}));
  EXPECT_EQ(evaluated("array([[1, 2], [3, 4]], f32).T").shape(), (Shape{2, 2}));
  EXPECT_EQ(values<double>(evaluated("[]")), Reals{});
}

TEST(LanguageArrays, AreRefusedWhereTheyCannotBe) {
  expect_refused("zeros(-1)", 6, 1, "zeros: shape: expected extents of at least 0");
  expect_refused("zeros(2.5)", 6, 3, "expected an integer, got 2.5");
  expect_refused("zeros(2, 3)", 9, 1, "zeros: dtype: expected the name of a type, such as 'f32', got 3");
  expect_refused("zeros(2, 'f33')", 9, 5, "f33");
  expect_refused("arange(0, 1, 0)", 13, 1, "a step other than 0");
  expect_refused("arange(0, inf)", 0, 6, "finite bounds");
  expect_refused("linspace(0, 1, -1)", 15, 1, "at least 0");
  expect_refused("eye(-1)", 4, 1, "at least 0");
  expect_refused("array('a')", 6, 3, "got the text 'a'");
}

TEST(LanguageShapes, ChangeAsInNumPy) {
  EXPECT_EQ(evaluated("x.reshape(3, -1)", names()).shape(), (Shape{3, 2}));
  EXPECT_EQ(evaluated("reshape(x, (6,))", names()).shape(), (Shape{6}));
  EXPECT_EQ(values<double>(evaluated("x.T.reshape(6)", names())), (Reals{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(values<double>(evaluated("(x + 1).T.ravel()", names())), (Reals{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(evaluated("transpose(ones((2, 3, 4)), 1, 0, -1)").shape(), (Shape{3, 2, 4}));
  EXPECT_EQ(evaluated("transpose(ones((2, 3, 4)), (1, 2, 0))").shape(), (Shape{3, 4, 2}));
  EXPECT_EQ(evaluated("squeeze(ones((1, 2, 1)))").shape(), Shape{2});
  EXPECT_EQ(evaluated("squeeze(ones((1, 2, 1)), -1)").shape(), (Shape{1, 2}));
  EXPECT_EQ(evaluated("expand_dims(x, 1)", names()).shape(), (Shape{2, 1, 3}));
  EXPECT_EQ(evaluated("x.swapaxes(0, -1)", names()).shape(), (Shape{3, 2}));
  EXPECT_EQ(evaluated("broadcast_to(f, (2, 3))", names()).shape(), (Shape{2, 3}));
  const Array joined = evaluated("concatenate([x, x[:, :1] * 10, [[7], [8]]], axis=1)", names());
  EXPECT_EQ(values<double>(joined), (Reals{0, 1, 2, 0, 7, 3, 4, 5, 30, 8}));
  EXPECT_EQ(evaluated("concatenate([f, [1, 2]])", names()).dtype(), DType::f64);
  EXPECT_EQ(values<float>(evaluated("cast(img, 'f32').ravel() / 2", names())),
            (std::vector<float>{.5, 1, 1.5, 2, 2.5, 3}));
  expect_refused("x.reshape(4)", 2, 7, "reshape: ", names());
  expect_refused("squeeze(x, 0)", 0, 7, "an axis of extent 1, got axis 0 of [2, 3]", names());
  expect_refused("transpose(x, 0, 2)", 13, 1, "transpose: axes: expected an axis from -2 to 1, got 2", names());
  expect_refused("concatenate(x)", 12, 1, "a list of arrays", names());
  expect_refused("concatenate([x, f])", 12, 1, "agree but for axis 0, got [2, 3] and [3]", names());
}

TEST(LanguageOps, TakeInputsThenParameters) {
  EXPECT_EQ(values<std::uint8_t>(evaluated("flip(img)", names())), (std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(values<std::uint8_t>(evaluated("flip(img, False, True)", names())),
            (std::vector<std::uint8_t>{4, 5, 6, 1, 2, 3}));
  EXPECT_EQ(values<std::uint8_t>(evaluated("img.flip(vertical=True)", names())),
            (std::vector<std::uint8_t>{4, 5, 6, 1, 2, 3}));
  EXPECT_EQ(evaluated("resize(img, width=2 + 2, height=3)", names()).shape(), (Shape{3, 4, 3}));
  EXPECT_EQ(evaluated("resize(image=img, height=3, width=4, filter='nearest')", names()).shape(), (Shape{3, 4, 3}));
  EXPECT_EQ(values<float>(evaluated("relu(f * 2)", names())), (std::vector<float>{2, 0, 6}));
}

TEST(LanguageOps, SayWhatDoesNotFit) {
  expect_refused("resize(img, 3)", 0, 6, "expected width for resize(image, height, width, filter='bilinear'), got none",
                 names());
  expect_refused("resize(img, 3, 4, 'blur')", 18, 6, "resize: filter: expected one of", names());
  expect_refused("resize(img, 3, 4, filter=1)", 18, 6, "resize: filter: expected text in quotes, got 1", names());
  expect_refused("resize(img, 3, 4.5)", 15, 3, "resize: width: expected an integer, got 4.5", names());
  expect_refused("flip(x)", 0, 4, "flip: expected an image", names());
  expect_refused("flip('a.png')", 5, 7, "flip: image: expected an array or a number, got the text 'a.png'", names());
  expect_refused("flp(img)", 0, 3, "did you mean 'flip'?", names());
  expect_refused("conv2d(1, 2, residual=3)", 0, 6, "expected bias too", names());
}

TEST(LanguageFunctions, ListHasAllByGroup) {
  const auto all = language::functions();
  std::string groups;
  for (const auto& f : all) {
    if (!groups.ends_with(f.group + " ")) groups += f.group + " ";
    EXPECT_TRUE(f.usage.starts_with(f.name + "(")) << f.usage;
    EXPECT_FALSE(f.summary.empty()) << f.name;
  }
  EXPECT_EQ(groups, "elementwise reduction array op ");
  for (const auto& op : ops::list())
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const auto& f) { return f.name == op.name; })) << op.name;
}

}  // namespace
}  // namespace fovea::test
