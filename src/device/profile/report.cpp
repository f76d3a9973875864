#include <algorithm>

#include "device/profile/quantities.h"
#include "fovea/profile.h"

namespace fovea {
namespace {

using namespace profiler;

using Row = std::vector<std::string>;

std::string title(Activity activity, Device device) {
  constexpr std::string_view titles[] = {"Kernels", "Ops",        "Copies",      "Fills", "Stages",
                                         "Waits",   "Host calls", "Allocations", "Ranges"};
  return std::string(titles[static_cast<std::size_t>(activity)]) + " on " + device.name();
}

// Right-aligned columns but for the last.
std::string aligned(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const Row& row : rows)
    for (std::size_t k = 0; k < row.size(); ++k) widths[k] = std::max(widths[k], row[k].size());
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t k = 0; k + 1 < row.size(); ++k)
      text += std::string(widths[k] - row[k].size(), ' ') + row[k] + "  ";
    text += row.back() + '\n';
  }
  return text;
}

std::string table(const ProfileGroup* begin, const ProfileGroup* end) {
  std::int64_t total = 0, bytes = 0;
  for (const ProfileGroup* g = begin; g != end; ++g) {
    if (!g->inner) total += g->total_ns;
    bytes += g->bytes;
  }
  const bool moves = bytes > 0 && (begin->activity == Activity::copy || begin->activity == Activity::fill);
  Row header{"Time(%)", "Time", "Calls", "Avg", "Med", "Min", "Max"};
  if (bytes > 0) header.push_back("Size");
  if (moves) header.push_back("GB/s");
  header.push_back("Name");
  std::vector<Row> rows{header};
  for (const ProfileGroup* g = begin; g != end; ++g) {
    Row row{percent_text(static_cast<double>(g->total_ns), static_cast<double>(total)),
            time_text(g->total_ns),
            std::to_string(g->calls),
            time_text(g->total_ns / std::max<std::int64_t>(1, g->calls)),
            time_text(g->median_ns),
            time_text(g->min_ns),
            time_text(g->max_ns)};
    if (bytes > 0) row.push_back(bytes_text(g->bytes));
    if (moves)  // bytes a nanosecond
      row.push_back(g->total_ns > 0 ? decimal(static_cast<double>(g->bytes) / static_cast<double>(g->total_ns), 2)
                                    : "-");
    row.push_back((g->inner ? "inside: " : "") + shown(g->name));
    rows.push_back(std::move(row));
  }
  return title(begin->activity, begin->device) + ":\n" + aligned(rows);
}

std::string head(const Profile& profile) {
  std::int64_t spans = 0;
  for (const ProfileGroup& g : profile.groups) spans += g.calls;
  std::string text = "Profile of " + time_text(profile.duration_ns) + ", " + count_text(spans, "span");
  if (profile.not_kept > 0)
    text += "; " + count_text(profile.not_kept, "span") + " not kept: medians and hints leave them out";
  if (profile.not_traced > 0) text += "; " + count_text(profile.not_traced, "span") + " not in the trace";
  text += '\n';
  if (!profile.device_times.empty()) text += "Times of CUDA devices by " + shown(profile.device_times) + '\n';
  return text;
}

}  // namespace

std::string profile_report(const Profile& profile) {
  std::string text = head(profile);
  const ProfileGroup* at = profile.groups.data();
  const ProfileGroup* const end = at + profile.groups.size();
  while (at != end) {
    const auto last = std::find_if(
        at, end, [at](const ProfileGroup& g) { return g.activity != at->activity || g.device != at->device; });
    text += '\n' + table(at, last);
    at = last;
  }
  const std::vector<std::string> hints = profile_hints(profile);
  if (!hints.empty()) text += "\nHints:\n";
  for (const std::string& hint : hints) text += "  " + hint + '\n';
  return text;
}

}  // namespace fovea
