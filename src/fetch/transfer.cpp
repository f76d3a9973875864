#include "fetch/transfer.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <new>
#include <string_view>

#include "base/text.h"
#include "fetch/address.h"
#include "fetch/opt_out.h"

namespace fovea::fetch {
namespace {

constexpr std::size_t max_header_bytes = std::size_t{256} << 10;
constexpr std::size_t max_discarded = std::size_t{64} << 10;  // of bodies of errors and redirects, to keep a connection
constexpr std::int64_t most_promised = std::int64_t{1} << 20;       // bytes that a length alone makes room for
constexpr std::int64_t max_robots_bytes = std::int64_t{500} << 10;  // as RFC 9309 has it

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool same_name(std::string_view a, const char* b) {
  return a.size() == std::string_view(b).size() && curl_strnequal(a.data(), b, a.size()) != 0;
}

// A header's value goes into a header of ours only when it is text.
bool printable(const std::string& text) {
  return !text.empty() && text.size() < 1024 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
}

std::string own_name(const FetchOptions& options) {
  return options.user_agent.empty() ? "fovea/" FOVEA_VERSION " (image pipeline)" : options.user_agent;
}

}  // namespace

Transfer::Transfer(std::unique_ptr<Request> request, const FetchOptions& options, const Tuning& tuning, double seconds,
                   Buffered& buffered, std::int64_t number)
    : request_(std::move(request)),
      options_(options),
      buffered_(buffered),
      number_(number),
      open_port_(tuning.open_port),
      handle_(curl_easy_init(), &curl_easy_cleanup) {
  if (!handle_) throw std::bad_alloc();
  set_up(tuning, seconds);
}

Transfer::~Transfer() {
  buffered_.bytes -= static_cast<std::int64_t>(answer_.body.size());
}

template <class T>
void Transfer::set(CURLoption option, T value) {
  if (curl_easy_setopt(handle_.get(), option, value) != CURLE_OK)
    throw Error(Errc::internal, "fetch: expected libcurl to take option " + std::to_string(option) + ", it did not");
}

void Transfer::set_up(const Tuning& tuning, double seconds) {
  set(CURLOPT_PRIVATE, this);
  set(CURLOPT_URL, request_->url.text.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");  // a proxy would be asked for addresses that are not checked here
  set(CURLOPT_USERAGENT, own_name(options_).c_str());
  set(CURLOPT_NOSIGNAL, 1L);
  if (!options_.ca_file.empty()) {
    set(CURLOPT_CAINFO, options_.ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  if (request_->url.scheme == "https") set(CURLOPT_PIPEWAIT, 1L);  // for a connection that takes many streams
  if (request_->robots_of.empty()) add_header("Accept: image/*,*/*;q=0.5");
  set(CURLOPT_QUICK_EXIT, 1L);  // does not wait for the resolver's thread
  set(CURLOPT_TIMEOUT_MS, std::max(1L, std::lround(seconds * 1000)));
  set(CURLOPT_CONNECTTIMEOUT_MS, std::max(1L, std::lround(options_.connect_timeout * 1000)));
  set(CURLOPT_LOW_SPEED_LIMIT, tuning.low_speed);
  set(CURLOPT_LOW_SPEED_TIME, tuning.low_speed_seconds);
  set(CURLOPT_ERRORBUFFER, words_.data());
  set(CURLOPT_OPENSOCKETFUNCTION, &on_socket);
  set(CURLOPT_OPENSOCKETDATA, this);
  set(CURLOPT_HEADERFUNCTION, &on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &on_body);
  set(CURLOPT_WRITEDATA, this);
  if (printable(request_->validators.etag)) add_header("If-None-Match: " + request_->validators.etag);
  if (printable(request_->validators.last_modified))
    add_header("If-Modified-Since: " + request_->validators.last_modified);
  if (const auto& range = request_->range)
    set(CURLOPT_RANGE, (std::to_string(range->first) + "-" + std::to_string(range->first + range->count - 1)).c_str());
  if (headers_) set(CURLOPT_HTTPHEADER, headers_.get());
  for (const std::string& entry : tuning.resolve) {
    curl_slist* longer = curl_slist_append(resolve_.get(), entry.c_str());
    if (!longer) throw std::bad_alloc();
    (void)resolve_.release();
    resolve_.reset(longer);
  }
  if (resolve_) set(CURLOPT_RESOLVE, resolve_.get());
}

void Transfer::add_header(const std::string& line) {
  curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
  if (!longer) throw std::bad_alloc();
  (void)headers_.release();
  headers_.reset(longer);
}

Answer Transfer::take_answer(CURLcode code) {
  answer_.code = code;
  buffered_.bytes -= static_cast<std::int64_t>(answer_.body.size());
  if (code != CURLE_OK) answer_.words = escaped(words_[0] != '\0' ? words_.data() : curl_easy_strerror(code));
  return std::move(answer_);
}

bool Transfer::may_ask(const sockaddr& address) const {
  if (options_.allow_private || is_public(&address)) return true;
  return open_port_ != 0 && address.sa_family == AF_INET &&
         ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port) == open_port_;
}

curl_socket_t Transfer::on_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (!transfer.may_ask(address->addr)) {
    transfer.answer_.refused = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t Transfer::on_header(char* data, std::size_t, std::size_t size, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  try {
    return transfer.take_header(std::string_view(data, size)) ? size : 0;
  } catch (const std::bad_alloc&) {
    transfer.answer_.no_memory = true;
    return 0;
  }
}

bool Transfer::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > max_header_bytes) answer_.headers_too_long = true;
  if (in_body_ || answer_.headers_too_long) return !answer_.headers_too_long;  // a trailer says nothing new
  if (line.starts_with("HTTP/")) {
    answer_ = Answer();
    length_ = -1;
  }
  const std::string_view text = trimmed(line);
  if (text.empty()) return may_have_body();
  const std::size_t colon = text.find(':');
  if (colon == text.npos) return true;
  const std::string_view name = trimmed(text.substr(0, colon)), value = trimmed(text.substr(colon + 1));
  if (same_name(name, "location")) answer_.location = value;
  if (same_name(name, "retry-after")) answer_.retry_after = value;
  if (same_name(name, "content-type")) answer_.content_type = value;
  if (same_name(name, "content-range")) answer_.content_range = value;
  if (same_name(name, "etag")) answer_.etag = value;
  if (same_name(name, "last-modified")) answer_.last_modified = value;
  if (same_name(name, "x-robots-tag")) answer_.robots_tags.emplace_back(value);
  if (same_name(name, "content-length")) std::from_chars(value.data(), value.data() + value.size(), length_);
  return true;
}

std::int64_t Transfer::max_bytes() const {
  if (request_->range && answer_.status == 206) return request_->range->count;
  return request_->robots_of.empty() ? options_.max_bytes : max_robots_bytes;
}

// At the end of the headers. False ends the exchange before its body.
bool Transfer::may_have_body() {
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &answer_.status);
  if (answer_.status < 200) return true;
  in_body_ = true;
  if (answer_.status >= 300) return true;
  if (!request_->robots_of.empty()) return true;
  answer_.opted_out = options_.robots && opts_out(answer_.robots_tags, robots_name(own_name(options_)));
  answer_.too_long = length_ > max_bytes();
  return !answer_.opted_out && !answer_.too_long;
}

std::size_t Transfer::on_body(char* data, std::size_t, std::size_t size, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (transfer.buffered_.bytes >= transfer.buffered_.limit && transfer.buffered_.eldest != self) {
    transfer.buffered_.paused = true;
    return CURL_WRITEFUNC_PAUSE;  // the same bytes come again
  }
  try {
    return transfer.take_body(data, size) ? size : 0;
  } catch (const std::bad_alloc&) {
    transfer.answer_.no_memory = true;
    return 0;
  }
}

bool Transfer::take_body(const char* data, std::size_t size) {
  if (answer_.status >= 300) {
    discarded_ += size;
    return discarded_ <= max_discarded;
  }
  std::vector<std::byte>& body = answer_.body;
  const auto room = static_cast<std::size_t>(max_bytes()) - body.size();
  answer_.too_long = size > room;
  if (length_ > 0 && body.empty()) body.reserve(static_cast<std::size_t>(std::min(length_, most_promised)));
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  body.insert(body.end(), bytes, bytes + std::min(size, room));
  buffered_.bytes += static_cast<std::int64_t>(std::min(size, room));
  return !answer_.too_long;
}

}  // namespace fovea::fetch
