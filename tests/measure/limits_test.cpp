#include "fovea/limits.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>

#include "measure/at_once.h"
#include "support/expect_error.h"

namespace fovea::test {
namespace {

constexpr LimitOptions quick{1, 1e-4};

void expect_rate(double value) {
  EXPECT_TRUE(std::isfinite(value)) << value;
  EXPECT_GT(value, 0);
}

TEST(SpreadOf, IsTheMiddleAndTheEnds) {
  const Spread odd = spread_of({5, 1, 3});
  EXPECT_EQ(odd.median, 3);
  EXPECT_EQ(odd.min, 1);
  EXPECT_EQ(odd.max, 5);
  const Spread even = spread_of({4, 1, 2, 100});
  EXPECT_EQ(even.median, 3);
  EXPECT_EQ(even.max, 100);
  EXPECT_EQ(spread_of({7}).median, 7);
  EXPECT_EQ(spread_of({}).median, 0);
}

TEST(RateAtOnce, CountsTheWorkOfAllThreadsInTheTimeItTook) {
  for (const int threads : {1, 3}) {
    std::vector<std::int64_t> last(static_cast<std::size_t>(threads));
    const double rate = rate_at_once(threads, 1e-3, [&](int thread, std::int64_t repeats) {
      volatile double sink = 0;
      for (std::int64_t i = 0; i < 100 * repeats; ++i) sink = sink + 1;
      last.at(static_cast<std::size_t>(thread)) = repeats;
      return static_cast<double>(repeats);
    });
    expect_rate(rate);
    for (const std::int64_t repeats : last) {
      EXPECT_EQ(repeats, last[0]);
      EXPECT_GE(repeats, 1);
    }
  }
}

// Its turn is long, those of the others are not: that run has measured nothing.
TEST(RateAtOnce, AThreadThatIsHeldUpIsNotTakenForWork) {
  std::atomic<std::int64_t> last = 0;
  rate_at_once(3, 0.2, [&](int thread, std::int64_t repeats) {
    const auto begin = std::chrono::steady_clock::now();
    const std::chrono::milliseconds turn(thread == 0 && repeats == 1 ? 250 : repeats);
    while (std::chrono::steady_clock::now() - begin < turn) {
    }
    if (thread == 1) last = repeats;
    return 1.0;
  });
  EXPECT_GT(last, 1);
}

TEST(Limits, OfRegistersAreRates) {
  for (const DType type : {DType::f16, DType::bf16, DType::f32, DType::f64})
    expect_rate(multiply_add_limit(type, quick));
  try {
    expect_rate(multiply_add_limit(DType::i8, quick));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::unsupported);
  }
}

TEST(Limits, OfMemoryAreRatesForAnySize) {
  for (const std::int64_t bytes : {1, 4095, 100'000, 3'000'000})
    for (const int threads : {1, 3}) {
      const LimitOptions options{threads, 1e-4};
      expect_rate(read_limit(bytes, options));
      expect_rate(write_limit(bytes, options));
      expect_rate(copy_limit(bytes, options));
    }
}

TEST(Limits, OfAParallelJobIsATime) {
  expect_rate(launch_cost());
}

TEST(Limits, RefuseWhatCannotBeMeasured) {
  for (const LimitOptions bad : {LimitOptions{-1, 0.01}, LimitOptions{5000, 0.01}, LimitOptions{1, 0},
                                 LimitOptions{1, -1}, LimitOptions{1, 61}, LimitOptions{1, std::nan("")}}) {
    expect_error(Errc::invalid_argument, std::string("multiply_add_limit: expected"),
                 [&] { multiply_add_limit(DType::f32, bad); });
    expect_error(Errc::invalid_argument, std::string("read_limit: expected"), [&] { read_limit(100, bad); });
    expect_error(Errc::invalid_argument, std::string("write_limit: expected"), [&] { write_limit(100, bad); });
    expect_error(Errc::invalid_argument, std::string("copy_limit: expected"), [&] { copy_limit(100, bad); });
  }
  for (const std::int64_t bytes : {std::int64_t{0}, std::int64_t{-8}, std::numeric_limits<std::int64_t>::min()})
    expect_error(Errc::invalid_argument, std::string("at least 1"), [&] { copy_limit(bytes, quick); });
  for (const DType type : {DType::boolean, DType::i64, DType::c64})
    expect_error(Errc::unsupported, std::string(name(type)), [&] { multiply_add_limit(type, quick); });
}

}  // namespace
}  // namespace fovea::test
