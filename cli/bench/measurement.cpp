#include "bench/measurement.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "fovea/system.h"

namespace fovea::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double long_enough = 0.03;  // seconds of calls in a row that a clock and a scheduler do not blur
constexpr double one_engine = 20;     // seconds in all
constexpr auto pause = std::chrono::milliseconds(100);  // idle threads of BLAS and OpenMP spin about 30

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// One of those that take turns. `time` gives the milliseconds of one of `times` calls in a row.
struct Contender {
  std::string name;
  std::function<double(int times)> time;
  std::vector<double> ms = {};
  int times = 1;
  double used = 0;  // seconds
  bool quick = false;

  void calibrate() {
    const double first = run(1), once = std::max(1e-3 * std::min(first, first < 1e3 ? run(1) : first), 1e-9);
    times = static_cast<int>(std::clamp(long_enough / once, 1.0, 1e6));
    quick = once < 0.2;
  }
  double run(int count) {
    const auto begin = Clock::now();
    const double result = time(count);
    used += seconds_since(begin);
    return result;
  }
  void turn() {
    if (used > one_engine && ms.size() >= 3) return;
    std::this_thread::sleep_for(pause);
    if (quick) run(1);  // wakes the threads and brings the data back
    ms.push_back(run(times));
  }
};

std::function<double(int)> timed(const std::function<void()>& call, double scale = 1) {
  return [&call, scale](int times) {
    const auto begin = Clock::now();
    for (int i = 0; i < times; ++i) call();
    return 1e3 * scale * seconds_since(begin) / times;
  };
}

double limit_of(const Demand& demand) {
  switch (demand.of) {
    case Demand::Of::read:
      return read_limit(demand.bytes);
    case Demand::Of::write:
      return write_limit(demand.bytes);
    case Demand::Of::copy:
      return copy_limit(demand.bytes);
    case Demand::Of::multiply_add:
      return multiply_add_limit(demand.dtype);
  }
  return 0;
}

// The least milliseconds that the demands take together: the longest of them.
double least_ms(const Case& c) {
  double most = 0;
  for (const Demand& demand : c.demands) most = std::max(most, 1e3 * demand.amount / limit_of(demand));
  return most;
}

bool has_limit(const Case& c) {
  try {
    return !c.demands.empty() && least_ms(c) > 0;
  } catch (const Error& error) {
    if (error.code() == Errc::unsupported) return false;
    throw;
  }
}

}  // namespace

Measurement measure(const Case& c, const Request& request, Peers* peers) {
  Measurement result;
  std::vector<Contender> all;
  if (c.measured)
    all.push_back({"fovea", [&](int) { return 1e3 * c.measured(); }});
  else
    all.push_back({"fovea", timed(c.run)});
  const std::size_t with_loop = all.size() + (request.loop && c.loop ? 1 : 0);
  if (with_loop > all.size()) all.push_back({"C++ loop", timed(c.loop, c.loop_scale)});
  if (peers && !c.peers.is_null()) {
    nlohmann::json asked = c.peers;
    asked["subject"] = c.subject;
    for (const std::string& name : peers->prepare(asked, request.loop, result.remarks))
      all.push_back({name, [peers, name](int times) { return peers->run(name, times); }});
  }
  const bool limited = has_limit(c);

  const auto without_failed = [&](const auto& step) {
    for (std::size_t i = 0; i < all.size();) {
      try {
        step(all[i]);
        ++i;
      } catch (const PeerFailure& failure) {
        result.remarks.push_back(all[i].name + ": " + failure.what());
        all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
  };
  without_failed([](Contender& who) { who.calibrate(); });
  std::vector<double> least;
  for (int round = 0; round < request.rounds; ++round) {
    without_failed([](Contender& who) { who.turn(); });
    if (!limited) continue;
    std::this_thread::sleep_for(pause);
    least.push_back(least_ms(c));
  }

  result.ms = spread_of(all.front().ms);
  for (std::size_t i = 1; i < all.size(); ++i)
    (i < with_loop || all[i].name.starts_with("Python") ? result.loops : result.peers)
        .push_back({all[i].name, spread_of(all[i].ms)});
  if (!c.unit.empty() && result.ms.median > 0) {
    const double scale = c.work / 1e6;  // milliseconds to 1e9 a second
    result.rate = scale / result.ms.median;
    const double bound = spread_of(least).median;
    if (limited && bound > 0) {
      result.limit = scale / bound;
      result.share = bound / result.ms.median;
    }
  }
  return result;
}

}  // namespace fovea::cli
