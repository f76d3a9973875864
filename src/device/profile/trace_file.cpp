#include "device/profile/trace_file.h"

#include <cstdio>
#include <new>
#include <nlohmann/json.hpp>

namespace fovea::profiler {
namespace {

constexpr std::int64_t smallest_file = 4096, for_last_line = 256;
constexpr std::size_t write_at = std::size_t{64} << 10;

std::string json_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

std::string microseconds(std::int64_t ns) {
  char text[32];
  std::snprintf(text, sizeof text, "%lld.%03d", static_cast<long long>(ns / 1000), static_cast<int>(ns % 1000));
  return text;
}

// A viewer's process is a device, its thread a track.
int process_of(Device device) {
  return device.kind == Device::Kind::cpu ? 1 : 2 + device.index;
}

std::string place(const TraceEvent& event) {
  return "\"pid\":" + std::to_string(process_of(event.device)) + ",\"tid\":" + std::to_string(event.track);
}

std::string metadata(const TraceEvent& event, const char* what, const std::string& text) {
  return std::string("{\"name\":\"") + what + "\",\"ph\":\"M\"," + place(event) +
         ",\"args\":{\"name\":" + json_text(text) + "}},\n";
}

std::string line_of(const TraceEvent& event) {
  std::string line = "{\"name\":" + json_text(event.name) + ",\"cat\":" + json_text(name(event.activity)) +
                     ",\"ph\":\"X\"," + place(event) + ",\"ts\":" + microseconds(event.begin_ns) +
                     ",\"dur\":" + microseconds(event.end_ns - event.begin_ns);
  if (event.bytes > 0) line += ",\"args\":{\"bytes\":" + std::to_string(event.bytes) + "}";
  return line + "},\n";
}

}  // namespace

TraceFile::TraceFile(const std::filesystem::path& path, std::int64_t most_bytes) : most_bytes_(most_bytes) {
  if (most_bytes < smallest_file)
    throw Error(Errc::invalid_argument, "trace: expected at least " + std::to_string(smallest_file) +
                                            " bytes to write, got " + std::to_string(most_bytes));
  file_ = OutputFile::truncating(path);
  pending_ = "[\n";
  bytes_ = static_cast<std::int64_t>(pending_.size());
}

std::string TraceFile::names_of_place(const TraceEvent& event) const {
  std::string lines;
  const bool cpu = event.device.kind == Device::Kind::cpu;
  if (!devices_.contains(event.device)) lines += metadata(event, "process_name", event.device.name());
  if (!tracks_.contains({event.device, event.track}))
    lines += metadata(event, "thread_name", (cpu ? "thread " : "stream ") + std::to_string(event.track));
  return lines;
}

void TraceFile::add(const TraceEvent& event) {
  if (!take(event)) ++left_out_;
  if (pending_.size() >= write_at) flush();
}

// The thread that writes has nobody to throw to: an event for which there is no memory is left out.
bool TraceFile::take(const TraceEvent& event) noexcept {
  try {
    const std::string lines = names_of_place(event) + line_of(event);
    const auto bytes = static_cast<std::int64_t>(lines.size());
    if (error_ || bytes_ + bytes + for_last_line > most_bytes_) return false;
    pending_.reserve(pending_.size() + lines.size());
    devices_.insert(event.device);
    tracks_.insert({event.device, event.track});
    bytes_ += bytes;
    pending_ += lines;
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

void TraceFile::flush() {
  if (error_) return;
  try {
    file_.write(std::as_bytes(std::span(pending_)));
  } catch (const Error& error) {
    error_ = error;
  }
  pending_.clear();
}

void TraceFile::finish(std::int64_t end_ns, std::int64_t not_kept) {
  pending_ +=
      "{\"name\":\"end of recording\",\"ph\":\"i\",\"s\":\"g\",\"pid\":1,\"tid\":0,\"ts\":" + microseconds(end_ns) +
      ",\"args\":{\"not_kept\":" + std::to_string(not_kept) + ",\"not_traced\":" + std::to_string(left_out_) +
      "}}\n]\n";
  flush();
  if (error_) return;
  try {
    file_.commit();
  } catch (const Error& error) {
    error_ = error;
  }
}

}  // namespace fovea::profiler

namespace fovea {

std::int64_t write_trace(const Profile& profile, const std::filesystem::path& path, std::int64_t most_bytes) {
  profiler::TraceFile file(path, most_bytes);
  for (const ProfileSpan& span : profile.spans) {
    const ProfileGroup& group = profile.groups.at(span.group);
    file.add({group.activity, group.device, group.name, span.track, span.begin_ns, span.end_ns, span.bytes});
  }
  file.finish(profile.duration_ns, profile.not_kept);
  if (file.error()) throw *file.error();
  return file.left_out();
}

}  // namespace fovea
