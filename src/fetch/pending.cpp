#include "fovea/fetch.h"

namespace fovea {

struct Fetcher::State {};
Fetcher::Fetcher(FetchOptions) {}
Fetcher::~Fetcher() = default;
void Fetcher::fetch(std::string, Done done, Validators) {
  done(Error(Errc::unsupported, "fetch: downloads are not in this build"));
}

std::string public_url(const std::string& url) {
  return url;
}

}  // namespace fovea
