#include "progress_line.h"

#include <fmt/format.h>

#include <algorithm>

namespace fovea::cli {
namespace {

constexpr std::size_t bar_cells = 20;

std::string clock_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::min(seconds, 359'999.0));
  return whole < 3600 ? fmt::format("{}:{:02}", whole / 60, whole % 60)
                      : fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string bar(double fraction) {
  const auto filled = static_cast<std::size_t>(std::clamp(fraction, 0.0, 1.0) * bar_cells);
  return fmt::format("[{:#<{}}{:-<{}}]", "", filled, "", bar_cells - filled);
}

}  // namespace

bool ProgressLine::due() {
  const auto interval = console_.terminal() ? std::chrono::milliseconds(100) : std::chrono::milliseconds(10'000);
  if (console_.quiet() || Clock::now() - shown_ < interval) return false;
  shown_ = Clock::now();
  return true;
}

void ProgressLine::show(double fraction, const std::string& text) {
  if (console_.terminal())
    console_.status(bar(fraction) + " " + text);
  else
    console_.note(text);
}

void ProgressLine::pictures(const Progress& progress) {
  if (!due()) return;
  const auto made = static_cast<double>(progress.done - progress.reused);
  const double rate = progress.seconds > 0 ? made / progress.seconds : 0;
  const bool total = progress.total >= 0;
  std::string text = total ? fmt::format("{}/{}, {:.1f} images/s", progress.done, progress.total, rate)
                           : fmt::format("{}, {:.1f} images/s", progress.done, rate);
  if (total && rate > 0)
    text += fmt::format(", {} left", clock_text(static_cast<double>(progress.total - progress.done) / rate));
  if (progress.failed > 0) text += fmt::format(", {} failed", progress.failed);
  show(progress.total > 0 ? static_cast<double>(progress.done) / static_cast<double>(progress.total) : 0, text);
}

void ProgressLine::bytes(std::int64_t done, std::int64_t total) {
  if (!due()) return;
  const double mebibyte = 1 << 20;
  const double part = static_cast<double>(done) / mebibyte, whole = static_cast<double>(total) / mebibyte;
  show(total > 0 ? part / whole : 0,
       total > 0 ? fmt::format("{:.1f}/{:.1f} MiB", part, whole) : fmt::format("{:.1f} MiB", part));
}

void ProgressLine::step(const std::string& name, double done, double seconds) {
  if (!due()) return;
  show(done, done > 0 ? fmt::format("{} {:.0f} %, {} left", name, 100 * done, clock_text(seconds / done - seconds))
                      : fmt::format("{} for {}", name, clock_text(seconds)));
}

}  // namespace fovea::cli
