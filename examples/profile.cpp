// profile_example TRACE.json: where the time of a small program goes, as tables and as a trace for ui.perfetto.dev.
#include "fovea/profile.h"

#include <cstdio>

#include "fovea/expr.h"
#include "fovea/ops.h"

int main(int argc, char** argv) try {
  if (argc != 2) return std::fprintf(stderr, "usage: profile_example TRACE.json\n"), 2;
  fovea::ProfileOptions options;
  options.trace = argv[1];
  fovea::start_profile(options);

  fovea::Array x = fovea::Array::full({512, 512}, 0.5F);
  for (int step = 0; step < 3; ++step) {
    const fovea::ProfileRange range("step");  // a span of one's own
    x = fovea::eval(sqrt(x) + 1.0F);
    x = fovea::ops::apply("softmax", {}, {&x, 1});
  }

  const fovea::Profile profile = fovea::stop_profile();
  if (profile.trace_error) throw fovea::Error(*profile.trace_error);
  std::fputs(fovea::profile_report(profile).c_str(), stdout);
} catch (const fovea::Error& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}
