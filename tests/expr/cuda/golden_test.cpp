#include <gtest/gtest.h>

#include "support/expr_goldens.h"
#include "support/host_kernels.h"

// Generated kernels against NumPy's answers, run on the host.
namespace fovea {
namespace {

using test::expect_close;
using test::Goldens;
using test::HostKernels;
using test::permitted;
using test::split;

struct Case {
  Expr expr;
  Array wanted;
  double most;
  std::string what;
};

std::vector<Case> elementwise_cases() {
  Goldens goldens("elementwise");
  std::vector<Case> cases;
  for (std::vector<std::string> fields; goldens.next(fields);) {
    if (fields.back() == "refused") continue;
    std::vector<Expr> operands;
    for (std::size_t k = 1; k + 1 < fields.size(); ++k) operands.push_back(goldens.array(fields[k]));
    const Array wanted = goldens.array(fields.back());
    cases.push_back({elementwise(fields[0], operands), wanted,
                     permitted(fields[0], operands[0].dtype(), wanted.dtype()),
                     fields[0] + " of " + split(fields[1], ':')[0]});
  }
  return cases;
}

std::vector<Case> reduction_cases() {
  Goldens goldens("reductions");
  std::vector<Case> cases;
  for (std::vector<std::string> f; goldens.next(f);) {
    Shape shape;
    for (const std::string& extent : split(f[2], ',')) shape.push_back(std::stoll(extent));
    const Array x = goldens.array(f[1]).reshape(shape), wanted = goldens.array(f[4]);
    Reduction r;
    if (f[3] != "all") r.axes.emplace();
    for (const std::string& axis : f[3] == "all" ? std::vector<std::string>{} : split(f[3], ','))
      r.axes->push_back(std::stoi(axis));
    const bool rounded = is_floating(wanted.dtype()) || is_complex(wanted.dtype());
    const bool total = f[0] == "sum" || f[0] == "mean";  // of terms of either sign
    const double most = !rounded ? 0 : total ? 4.0 * static_cast<double>(x.size()) : 16;
    cases.push_back({reduce(f[0], x, r), wanted, most, f[0] + " of " + f[1] + to_string(shape) + " over " + f[3]});
  }
  return cases;
}

void expect_all(const std::vector<Case>& cases) {
  HostKernels kernels;
  for (const Case& c : cases) kernels.gather(c.expr);
  kernels.compile();
  for (const Case& c : cases) {
    const Array got = kernels.value(c.expr);
    ASSERT_EQ(name(got.dtype()), name(c.wanted.dtype())) << c.what;
    expect_close(got.copy().reshape({-1}), c.wanted.copy().reshape({-1}), c.most, c.what);
  }
}

TEST(KernelGolden, ElementwiseFunctionsAnswerAsNumPy) {
  const std::vector<Case> cases = elementwise_cases();
  EXPECT_GT(cases.size(), 700u);
  expect_all(cases);
}

TEST(KernelGolden, ReductionsAnswerAsNumPy) {
  const std::vector<Case> cases = reduction_cases();
  EXPECT_EQ(cases.size(), 2772u);
  expect_all(cases);
}

}  // namespace
}  // namespace fovea
