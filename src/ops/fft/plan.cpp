#include "ops/fft/plan.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdlib>
#include <list>
#include <mutex>
#include <numbers>

#include "fovea/error.h"
#include "ops/fft/reference.h"

namespace fovea::ops::fourier {
namespace {

constexpr int radices[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13};
constexpr Index longest = Index{1} << 28;

template <class T>
void append_root(std::vector<T>& to, Index numerator, Index n) {
  const std::complex<double> w = root(numerator, n);
  to.push_back(static_cast<T>(w.real()));
  to.push_back(static_cast<T>(w.imag()));
}

// Measured relative cost of one butterfly pass over an element.
double cost(int radix) {
  constexpr double of[] = {0, 0, 3.2, 3.6, 3.6, 4.2, 4.6, 6, 4.4, 6, 4.4, 11, 0, 13};
  return of[radix];
}

template <class T>
bool factor_four_step(Plan<T>& p) {
  double best = 1e30;
  for (int a : radices)
    for (int b : radices) {
      if ((a > 1 && b == 1) || p.n % (a * b) != 0) continue;
      for (int c : radices) {
        const Index d = p.n / (a * b) / c;
        if (p.n % (Index{a} * b * c) != 0 || d > 13 || d == 12 || (c > 1 && d == 1)) continue;
        const Index n1 = a * b, n2 = c * d;
        if (n1 > 1 && n2 == 1) continue;
        const double sum = cost(a) + cost(b) + cost(c) + cost(static_cast<int>(d)) +
                           0.02 * static_cast<double>(std::abs(n1 - n2)) + (n1 > 100 || n2 > 100 ? 5 : 0);
        if (sum < best) best = sum, p.a = a, p.b = b, p.c = c, p.d = static_cast<int>(d), p.n1 = n1, p.n2 = n2;
      }
    }
  return best < 1e30;
}

template <class T>
void make_four_step(Plan<T>& p) {
  p.method = Method::four_step;
  p.pitch = p.n1 == 1 ? p.n2 : p.n2 + 1;  // a row more than a power of two: its elements do not share cache sets
  p.slots = p.n1 * p.pitch;
  for (Index q = 0; q < p.b; ++q)
    for (Index k = 1; k < p.a; ++k) append_root(p.roots_a, q * k, p.n1);
  for (Index q = 0; q < p.d; ++q)
    for (Index k = 1; k < p.c; ++k) append_root(p.roots_c, q * k, p.n2);
  for (Index j = 0; j < p.n2; ++j)
    for (Index ka = 0; ka < p.a; ++ka)
      for (Index kb = 0; kb < p.b; ++kb) append_root(p.roots, j * (ka + p.a * kb), p.n);
  for (Index j = 0; j < p.n; ++j) {
    p.in.push_back(static_cast<std::int32_t>(j / p.n2 * p.pitch + j % p.n2));
    p.out.push_back(static_cast<std::int32_t>(j % p.n1 * p.pitch + j / p.n1));
  }
}

void identity_slots(std::vector<std::int32_t>& slots, Index n) {
  slots.resize(static_cast<std::size_t>(n));
  for (Index j = 0; j < n; ++j) slots[static_cast<std::size_t>(j)] = static_cast<std::int32_t>(j);
}

template <class T>
void make_stockham(Plan<T>& p) {
  p.method = Method::stockham;
  Index rest = p.n;
  for (int radix : {8, 10, 9, 4, 5, 6, 7, 3, 2, 11, 13})
    while (rest % radix == 0) p.radices.push_back(radix), rest /= radix;
  Index length = p.n;
  for (int radix : p.radices) {
    for (Index j = 0; j < length / radix; ++j)
      for (Index k = 1; k < radix; ++k) append_root(p.roots, j * k, length);
    length /= radix;
  }
  identity_slots(p.in, p.n);
  p.out = p.in;
  p.slots = p.n;
}

// Bluestein: jk = (j^2 + k^2 - (k - j)^2) / 2. Squares are taken modulo 2n in integers.
template <class T>
void make_chirp(Plan<T>& p) {
  p.method = Method::chirp;
  const Index m = smooth_above(2 * p.n - 1);
  p.inner = plan_of<T>(m);
  p.in.assign(p.inner->in.begin(), p.inner->in.begin() + p.n);
  p.out.assign(p.inner->out.begin(), p.inner->out.begin() + p.n);
  p.slots = p.inner->slots;
  std::vector<std::complex<double>> b(static_cast<std::size_t>(m));
  for (Index k = 0; k < p.n; ++k) {
    const std::complex<double> w = root(k * k % (2 * p.n), 2 * p.n);
    p.chirp.push_back(static_cast<T>(w.real()));
    p.chirp.push_back(static_cast<T>(w.imag()));
    b[static_cast<std::size_t>(k)] = std::conj(w) / static_cast<double>(m);
    if (k > 0) b[static_cast<std::size_t>(m - k)] = std::conj(w) / static_cast<double>(m);
  }
  reference_transform(b);
  for (const auto& v : b) {
    p.spectrum.push_back(static_cast<T>(v.real()));
    p.spectrum.push_back(static_cast<T>(v.imag()));
  }
}

template <class T>
std::shared_ptr<const Plan<T>> make_plan(Index n) {
  if (n > longest)
    throw Error(Errc::unsupported,
                "fft: expected a length up to " + std::to_string(longest) + ", got " + std::to_string(n));
  auto plan = std::make_shared<Plan<T>>();
  plan->n = n;
  if (factor_four_step(*plan))
    make_four_step(*plan);
  else if (smooth(n))
    make_stockham(*plan);
  else
    make_chirp(*plan);
  return plan;
}

template <class T>
std::size_t bytes_of(const Plan<T>& p) {
  return (p.roots_a.size() + p.roots_c.size() + p.roots.size() + p.chirp.size() + p.spectrum.size()) * sizeof(T) +
         (p.in.size() + p.out.size()) * sizeof(std::int32_t);
}

// Most recently used first.
template <class T>
struct Cache {
  std::mutex mutex;
  std::list<std::shared_ptr<const Plan<T>>> plans;
};

template <class T>
Cache<T>& cache() {
  static Cache<T> instance;
  return instance;
}

}  // namespace

bool smooth(Index n) {
  for (Index radix : {2, 3, 5, 7, 11, 13})
    while (n % radix == 0) n /= radix;
  return n == 1;
}

Index smooth_above(Index n) {
  Index best = 1;
  while (best < n) best *= 2;
  for (Index five = 1; five < best; five *= 5)
    for (Index three = five; three < best; three *= 3) {
      Index candidate = three;
      while (candidate < n) candidate *= 2;
      best = std::min(best, candidate);
    }
  return best;
}

template <class T>
std::shared_ptr<const Plan<T>> plan_of(Index n) {
  constexpr std::size_t most = std::size_t{64} << 20;
  Cache<T>& kept = cache<T>();
  {
    const std::scoped_lock lock(kept.mutex);
    for (auto at = kept.plans.begin(); at != kept.plans.end(); ++at)
      if ((*at)->n == n) {
        kept.plans.splice(kept.plans.begin(), kept.plans, at);
        return kept.plans.front();
      }
  }
  auto plan = make_plan<T>(n);  // outside the lock: two threads may both make it, with the same contents
  const std::scoped_lock lock(kept.mutex);
  kept.plans.push_front(plan);
  std::size_t total = 0;
  for (auto at = kept.plans.begin(); at != kept.plans.end();) {
    total += bytes_of(**at);
    at = total > most && at != kept.plans.begin() ? kept.plans.erase(at) : std::next(at);
  }
  return plan;
}

template std::shared_ptr<const Plan<float>> plan_of(Index);
template std::shared_ptr<const Plan<double>> plan_of(Index);

}  // namespace fovea::ops::fourier
