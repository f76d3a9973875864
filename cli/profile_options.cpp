#include "profile_options.h"

#include <fmt/format.h>

#include "fovea/profile.h"

namespace fovea::cli {
namespace {

Error named(const std::string& file, const Error& error) {
  return Error(error.code(), "--trace " + file + ": " + error.what());
}

}  // namespace

void ProfileWish::add_options(CommandLine& line) {
  line.group("Profile");
  line.flag("--profile", "print where the time went, and hints, on standard error", tables);
  line.value("--trace", "FILE.json", "write a trace, for ui.perfetto.dev or chrome://tracing",
             [this](const std::string& text) {
               if (text.empty()) throw Error(Errc::invalid_argument, "expected a name, got an empty text");
               trace = text;
             });
}

void ProfileWish::add_output(std::vector<OutputFile>& outputs) const {
  if (!trace.empty()) outputs.push_back({"--trace", trace});
}

ProfiledRun::ProfiledRun(const ProfileWish& wish) : wish_(wish), recording_(wish.tables || !wish.trace.empty()) {
  if (!recording_) return;
  ProfileOptions options;
  options.trace = wish.trace;
  try {
    start_profile(options);
  } catch (const Error& error) {
    throw named(wish.trace, error);
  }
}

ProfiledRun::~ProfiledRun() {
  if (!recording_) return;
  try {
    stop_profile();
  } catch (const std::exception&) {
    // What ended the run is what is said.
  }
}

void ProfiledRun::finish(Console& console) {
  if (!recording_) return;
  recording_ = false;
  const Profile profile = stop_profile();
  if (wish_.tables) console.excerpt(profile_report(profile));
  if (profile.trace_error) throw named(wish_.trace, *profile.trace_error);
  if (wish_.trace.empty()) return;
  const std::int64_t absent = profile.not_kept + profile.not_traced;
  console.note(
      fmt::format("the trace is in {}{}", wish_.trace, absent == 0 ? "" : fmt::format(", less {} spans", absent)));
}

}  // namespace fovea::cli
