#include "base/file.h"
#include "fetch/engine.h"
#include "fovea/fetch.h"

namespace fovea {
namespace {

void expect(bool good, const char* what) {
  if (!good) throw Error(Errc::invalid_argument, std::string("fetch: expected ") + what);
}

const FetchOptions& checked(const FetchOptions& options) {
  expect(options.in_flight >= 1 && options.in_flight <= 4096, "in_flight from 1 to 4096");
  expect(options.per_host >= 1 && options.per_host <= 4096, "per_host from 1 to 4096");
  expect(options.timeout > 0 && options.timeout <= 86'400, "a timeout above 0 and of at most 86400 seconds");
  expect(options.connect_timeout > 0 && options.connect_timeout <= 86'400,
         "a connect_timeout above 0 and of at most 86400 seconds");
  expect(options.retries >= 0 && options.retries <= 100, "retries from 0 to 100");
  expect(options.max_bytes >= 1, "max_bytes of at least 1");
  expect(options.buffer_bytes >= 1, "buffer_bytes of at least 1");
  for (const unsigned char c : options.user_agent) expect(c >= 0x20 && c < 0x7f, "a user_agent of printable ASCII");
  if (options.ca_file.empty()) return options;
  if (const Result<InputFile> file = InputFile::open(options.ca_file); !file)
    throw Error(file.error().code(), "fetch: --ca-file " + options.ca_file + ": " + file.error().what());
  return options;
}

}  // namespace

struct Fetcher::State {
  fetch::Engine engine;
};

Fetcher::Fetcher(FetchOptions options) : state_(new State{{checked(options), fetch::Tuning()}}) {}
Fetcher::~Fetcher() = default;

void Fetcher::fetch(std::string url, Done done, Validators validators) {
  state_->engine.fetch(std::move(url), std::move(done), std::move(validators));
}

void Fetcher::fetch(std::string url, ByteRange range, Done done) {
  expect(range.first >= 0 && range.count >= 1, "a range of at least one byte, from 0 on");
  state_->engine.fetch(std::move(url), std::move(done), {}, range);
}

}  // namespace fovea
