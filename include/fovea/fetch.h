#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fovea/error.h"

namespace fovea {

struct FetchOptions {
  int in_flight = 256;                              // transfers at once
  int per_host = 8;                                 // connections to one host
  double timeout = 30;                              // seconds for one input, its retries and redirects included
  double connect_timeout = 10;                      // seconds
  int retries = 3;                                  // after the first try
  std::int64_t max_bytes = std::int64_t{64} << 20;  // of a body
  // Of bodies that have not been handed over; beyond it transfers pause.
  std::int64_t buffer_bytes = std::int64_t{256} << 20;
  bool allow_private = false;  // loopback, private and link-local addresses
  bool robots = true;          // obey robots.txt and X-Robots-Tag
  std::string user_agent;      // empty: "fovea/VERSION (+…)"
  // Certificates of the authorities that are trusted, PEM, in place of the system's; empty: those.
  std::string ca_file = {};
};

struct Fetched {
  std::vector<std::byte> bytes;
  // Where a range was asked for: the place of the bytes' first in the file, and the bytes of the whole file.
  std::int64_t first = 0, whole = -1;
  std::string url;  // after redirects, without credentials
  std::string content_type, etag, last_modified;
  bool not_modified = false;  // the validators that were given still hold; there are no bytes
  int attempts = 1;
  double seconds = 0;  // since its first connection was begun
};

// What a copy from before was, for a conditional request.
struct Validators {
  std::string etag, last_modified;
};

// A part of a file: `count` bytes, at least 1, from the byte `first` on.
struct ByteRange {
  std::int64_t first = 0, count = 0;
};

// Downloads over HTTP and HTTPS, many at once, on a thread of its own. Thread-safe. docs/fetching.md has the rules.
class Fetcher {
 public:
  // Called once for each fetch(), on the fetcher's thread: it must return soon and not throw.
  using Done = std::function<void(Result<Fetched>&&)>;

  // Throws Error: invalid_argument for options out of range, those of opening for ca_file.
  explicit Fetcher(FetchOptions = {});
  // Ends what is in flight: those get Error(interrupted).
  ~Fetcher();
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;

  // Errors: url_refused, opt_out, dns, tls, timeout, http_status, limit_bytes, download, interrupted.
  void fetch(std::string url, Done, Validators = {});
  // A part of the file; fewer bytes where the file ends before, none beyond its end. A server that knows no ranges
  // gives the whole file, from 0 on. Errors as above; unsupported: such a server, and the whole is above max_bytes.
  void fetch(std::string url, ByteRange, Done);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The URL without user, password and fragment, and with *** for values of the query that are named like secrets (token,
// signature, key…): for rows and messages.
std::string public_url(const std::string& url);

}  // namespace fovea
