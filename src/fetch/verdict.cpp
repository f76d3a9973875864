#include "fetch/verdict.h"

#include <algorithm>
#include <charconv>
#include <ctime>

#include "base/text.h"
#include "fetch/content_range.h"

namespace fovea::fetch {
namespace {

constexpr const char* file = "the file";

bool moves(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool is_tls(CURLcode code) {
  switch (code) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_USE_SSL_FAILED:
      return true;
    default:
      return false;
  }
}

bool may_pass(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    default:
      return false;
  }
}

Fault connection_fault(const Answer& answer, const Request& request) {
  Errc code = Errc::download;
  if (answer.code == CURLE_COULDNT_RESOLVE_HOST) code = Errc::dns;
  if (answer.code == CURLE_OPERATION_TIMEDOUT) code = Errc::timeout;
  if (is_tls(answer.code)) code = Errc::tls;
  return {fault(code, request, file, answer.words), may_pass(answer.code), std::nullopt};
}

Fault status_fault(const Answer& answer, const Request& request) {
  const std::string status = "status " + std::to_string(answer.status);
  const bool passing = answer.status == 429 || answer.status >= 500;
  return {fault(Errc::http_status, request, file, moves(answer.status) ? status + " without a Location" : status),
          passing, passing ? retry_after_seconds(answer.retry_after) : std::nullopt};
}

// The part that the answer holds of the file; nothing where it is not what was asked for.
std::optional<ContentRange> part_of(const Answer& answer, const Request& request) {
  const std::optional<ContentRange> part = parse_content_range(answer.content_range);
  if (!request.range || !part) return std::nullopt;
  const auto size = static_cast<std::int64_t>(answer.body.size());
  const bool beyond_end = answer.status == 416 && part->count == 0 && request.range->first >= part->whole;
  const bool inside = answer.status == 206 && part->first == request.range->first && part->count == size &&
                      size <= request.range->count;
  return beyond_end || inside ? part : std::nullopt;
}

Fetched fetched(Answer&& answer, const Request& request) {
  Fetched result;
  const std::optional<ContentRange> part = part_of(answer, request);
  if (request.range) result.whole = part ? part->whole : static_cast<std::int64_t>(answer.body.size());
  if (part) result.first = request.range->first;
  result.bytes = std::move(answer.body);
  result.url = public_url(request.url.text);
  result.content_type = std::move(answer.content_type);
  result.etag = std::move(answer.etag);
  result.last_modified = std::move(answer.last_modified);
  result.not_modified = answer.status == 304;
  result.attempts = request.attempts;
  return result;
}

}  // namespace

Error fault(Errc code, const Request& request, const std::string& expected, const std::string& got) {
  return Error(code, "fetch " + request.asked + ": expected " + expected + ", got " + got);
}

std::optional<double> retry_after_seconds(const std::string& value) {
  long long seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  const bool number = end == value.data() + value.size() && end != value.data();
  if (number && error == std::errc::result_out_of_range) return 1e9;
  if (number && error == std::errc()) return static_cast<double>(std::max(seconds, 0LL));
  const std::time_t date = curl_getdate(value.c_str(), nullptr);
  if (date == -1) return std::nullopt;
  return std::max(std::difftime(date, std::time(nullptr)), 0.0);
}

Verdict judge(Answer&& answer, const Request& request, const FetchOptions& options) {
  const bool robots = !request.robots_of.empty();
  const bool asked_for_change = !request.validators.etag.empty() || !request.validators.last_modified.empty();
  if (answer.no_memory) return Fault{fault(Errc::out_of_memory, request, "memory for the body", "none"), false, {}};
  if (answer.opted_out)
    return Fault{
        fault(Errc::opt_out, request, "a file that programs may have", "one whose X-Robots-Tag says no"), false, {}};
  if (answer.refused && answer.status == 0)
    return Fault{fault(Errc::url_refused, request, "a public address", "a private or reserved one"), false, {}};
  if (answer.headers_too_long)
    return Fault{fault(Errc::download, request, "headers of at most 262144 bytes", "more"), false, {}};
  if (answer.too_long && request.range)
    return Fault{answer.status == 206 ? fault(Errc::download, request, "the range that was asked for", "more")
                                      : fault(Errc::unsupported, request, "a server that gives parts of a file",
                                              "the whole of one above " + std::to_string(options.max_bytes) + " bytes"),
                 false,
                 {}};
  // The beginning of a robots.txt is enough; of another body it is not.
  if (answer.too_long && !robots)
    return Fault{fault(Errc::limit_bytes, request, "at most " + std::to_string(options.max_bytes) + " bytes", "more"),
                 false,
                 {}};
  // An answer that is not the file is told by its status even when its body was cut.
  if (moves(answer.status) && !answer.location.empty()) return Redirect{std::move(answer.location)};
  if (answer.status == 304 && asked_for_change) return fetched(std::move(answer), request);
  if (answer.status == 416 && part_of(answer, request)) return fetched(std::move(answer), request);
  const bool good = answer.status == 200 || answer.status == 203 || (request.range && answer.status == 206);
  if (answer.status != 0 && !good) return status_fault(answer, request);
  if (answer.code == CURLE_OK && answer.status == 0)
    return Fault{fault(Errc::download, request, file, "an answer that ends within its headers"), true, {}};
  if (answer.code != CURLE_OK && !(answer.too_long && robots)) return connection_fault(answer, request);
  if (answer.status == 206 && !part_of(answer, request))
    return Fault{fault(Errc::download, request, "the range that was asked for", "another"), true, {}};
  // A rule that was cut would say something else.
  if (answer.too_long) {
    const auto end = std::find(answer.body.rbegin(), answer.body.rend(), std::byte{'\n'});
    answer.body.erase(end.base(), answer.body.end());
  }
  return fetched(std::move(answer), request);
}

}  // namespace fovea::fetch
