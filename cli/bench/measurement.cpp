#include "bench/measurement.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "bench/memory_peak.h"
#include "fovea/system.h"

namespace fovea::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double long_enough = 0.03;  // seconds of calls in a row that a clock and a scheduler do not blur
constexpr double many_calls = 0.5;    // seconds of calls that are timed one by one
constexpr double one_engine = 20;     // seconds in all
constexpr auto pause = std::chrono::milliseconds(100);  // idle threads of BLAS and OpenMP spin about 30

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// One of those that take turns. `time` gives the milliseconds of `times` calls in a row: their mean, or each of them.
struct Contender {
  std::string name;
  std::function<Calls(int times)> time;
  bool each = false;
  std::vector<double> ms = {}, single = {};
  int times = 1;
  double used = 0;  // seconds
  double peak_mb = 0;
  bool quick = false;

  void calibrate() {
    const double first = run(1), once = std::max(1e-3 * std::min(first, first < 1e3 ? run(1) : first), 1e-9);
    times = static_cast<int>(std::clamp((each ? many_calls : long_enough) / once, 1.0, each ? 1e3 : 1e6));
    quick = once < 0.2;
    single.clear();
    peak_mb = 0;
  }
  double run(int count) {
    const auto begin = Clock::now();
    const Calls calls = time(count);
    used += seconds_since(begin);
    single.insert(single.end(), calls.ms.begin(), calls.ms.end());
    peak_mb = std::max(peak_mb, calls.peak_mb);
    return spread_of(calls.ms).median;
  }
  void turn() {
    if (used > one_engine && ms.size() >= 3) return;
    std::this_thread::sleep_for(pause);
    if (quick) {  // wakes the threads and brings the data back
      const std::size_t counted = single.size();
      run(1);
      single.resize(counted);
    }
    ms.push_back(run(times));
  }
  Timing timing() const {
    Timing result{name, spread_of(ms), {}, {}};
    if (each && !single.empty()) {
      std::vector<double> sorted = single;
      std::sort(sorted.begin(), sorted.end());
      result.p99_ms = sorted[(sorted.size() * 99 + 99) / 100 - 1];
    }
    if (peak_mb > 0) result.peak_mb = peak_mb;
    return result;
  }
};

std::function<Calls(int)> timed(const std::function<void()>& call, bool each, double scale = 1) {
  return [&call, each, scale](int times) {
    Calls calls;
    const auto begin = Clock::now();
    for (int i = 0; i < times; ++i) {
      const auto one = Clock::now();
      call();
      if (each) calls.ms.push_back(1e3 * scale * seconds_since(one));
    }
    if (!each) calls.ms.push_back(1e3 * scale * seconds_since(begin) / times);
    return calls;
  };
}

std::function<Calls(int)> with_memory(std::function<Calls(int)> time) {
  return [time = std::move(time)](int times) {
    take_memory_peak();
    Calls calls = time(times);
    calls.peak_mb = take_memory_peak();
    return calls;
  };
}

std::vector<Contender> contenders(const Case& c, bool with_loop, Peers* peers, std::vector<std::string>& remarks) {
  std::vector<Contender> all;
  const auto ours = [&](const std::function<void()>& run) {
    return c.memory ? with_memory(timed(run, c.latency)) : timed(run, c.latency);
  };
  if (c.measured)
    all.push_back({"fovea", [&c](int) { return Calls{{1e3 * c.measured()}}; }});
  else
    all.push_back({"fovea", ours(c.run), c.latency});
  for (const Alternative& way : c.beside) all.push_back({way.name, ours(way.run), c.latency});
  if (with_loop) all.push_back({"C++ loop", timed(c.loop, false, c.loop_scale)});
  if (peers && !c.peers.is_null()) {
    nlohmann::json asked = c.peers;
    asked["subject"] = c.subject;
    for (const std::string& name : peers->prepare(asked, with_loop, remarks))
      all.push_back(
          {name, [peers, name, each = c.latency](int times) { return peers->run(name, times, each); }, c.latency});
  }
  return all;
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

// The least milliseconds that a run takes: of its demands together the longest.
double least_ms(const Case& c) {
  if (c.least_ms) return c.least_ms();
  double most = 0;
  for (const Demand& demand : c.demands) most = std::max(most, 1e3 * demand.amount / limit_of(demand));
  return most;
}

bool has_limit(const Case& c) {
  try {
    return c.least_ms || (!c.demands.empty() && least_ms(c) > 0);
  } catch (const Error& error) {
    if (error.code() == Errc::unsupported) return false;
    throw;
  }
}

}  // namespace

Measurement measure(const Case& c, const Request& request, Peers* peers) {
  Measurement result;
  const bool with_loop = request.loop && c.loop;
  std::vector<Contender> all = contenders(c, with_loop, peers, result.remarks);
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

  result.ours = all.front().timing();
  const std::size_t loops = 1 + c.beside.size(), others = loops + (with_loop ? 1 : 0);
  for (std::size_t i = 1; i < all.size(); ++i) {
    const bool loop = i >= loops && (i < others || all[i].name.starts_with("Python"));
    (i < loops ? result.beside : loop ? result.loops : result.peers).push_back(all[i].timing());
  }
  if (!c.unit.empty() && result.ours.ms.median > 0) {
    result.rate = c.rate(result.ours.ms.median);
    const double bound = spread_of(least).median;
    if (limited && bound > 0) {
      result.limit = c.rate(bound);
      result.share = bound / result.ours.ms.median;
    }
  }
  return result;
}

}  // namespace fovea::cli
