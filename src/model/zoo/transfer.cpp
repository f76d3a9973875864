#include "model/zoo/transfer.h"

#include <curl/curl.h>

#include <array>
#include <exception>
#include <memory>
#include <span>
#include <string_view>

#include "base/text.h"
#include "fovea/error.h"
#include "fovea/fetch.h"

namespace fovea::model {
namespace {

constexpr long connect_seconds = 10, stall_seconds = 30, max_redirects = 5, partial_content = 206, ok = 200;

struct Progress {
  const Download& download;
  PartialFile& part;
  CURL* handle;
  std::int64_t range_start = -1;  // as the answer's Content-Range says
  bool begun = false;
  std::exception_ptr failure;
};

void check_limit(const Progress& progress, std::int64_t bytes) {
  if (bytes > progress.download.limit)
    throw Error(Errc::limit_bytes, "download " + public_url(progress.download.url) + ": expected at most " +
                                       std::to_string(progress.download.limit) + " bytes, got more");
}

// Exceptions may not pass through libcurl: they are kept for after it.
template <class Body>
bool guarded(Progress& progress, Body&& body) {
  try {
    return body();
  } catch (...) {
    progress.failure = std::current_exception();
    return false;
  }
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
  auto& progress = *static_cast<Progress*>(user);
  const std::string_view line(data, size);
  constexpr std::string_view name = "content-range:";
  if (line.starts_with("HTTP/")) progress.range_start = -1;
  if (line.size() > name.size() && curl_strnequal(data, name.data(), name.size()) != 0) {
    std::string_view value = line.substr(name.size());
    const std::size_t digits = value.find_first_of("0123456789");
    if (digits != value.npos && value.find("bytes") < digits) {
      std::int64_t start = 0;
      for (char c : value.substr(digits)) {
        if (c < '0' || c > '9' || start > INT64_MAX / 10 - 1) break;
        start = start * 10 + (c - '0');
      }
      progress.range_start = start;
    }
  }
  return size;
}

bool begin_body(Progress& progress) {
  long status = 0;
  curl_easy_getinfo(progress.handle, CURLINFO_RESPONSE_CODE, &status);
  if (status == ok) progress.part.clear();
  if (status == partial_content && progress.range_start != progress.part.size()) progress.part.clear();
  progress.begun = status == ok || (status == partial_content && progress.range_start == progress.part.size());
  return progress.begun;
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& progress = *static_cast<Progress*>(user);
  const bool taken = guarded(progress, [&] {
    if (!progress.begun && !begin_body(progress)) return false;
    check_limit(progress, progress.part.size() + static_cast<std::int64_t>(size));
    progress.part.append(std::as_bytes(std::span(data, size)));
    return true;
  });
  return taken ? size : 0;
}

int on_progress(void* user, curl_off_t total, curl_off_t done, curl_off_t, curl_off_t) {
  auto& progress = *static_cast<Progress*>(user);
  if (!progress.begun || !progress.download.progress) return 0;
  const std::int64_t before = progress.part.size() - done;
  return guarded(progress,
                 [&] {
                   progress.download.progress(progress.part.size(), total > 0 ? total + before : 0);
                   return true;
                 })
             ? 0
             : 1;
}

template <class T>
void set(CURL* handle, CURLoption option, T value) {
  if (curl_easy_setopt(handle, option, value) != CURLE_OK)
    throw Error(Errc::internal, "download: expected libcurl to take option " + std::to_string(option) + ", it did not");
}

// A redirect from https may not lose the encryption.
void set_address(CURL* handle, const std::string& url) {
  const bool secure = curl_strnequal(url.c_str(), "https:", 6) != 0;
  set(handle, CURLOPT_URL, url.c_str());
  set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  set(handle, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
  set(handle, CURLOPT_FOLLOWLOCATION, 1L);
  set(handle, CURLOPT_MAXREDIRS, max_redirects);
  set(handle, CURLOPT_USERAGENT, "fovea/" FOVEA_VERSION);
}

void set_patience(CURL* handle) {
  set(handle, CURLOPT_NOSIGNAL, 1L);
  set(handle, CURLOPT_CONNECTTIMEOUT, connect_seconds);
  set(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(handle, CURLOPT_LOW_SPEED_TIME, stall_seconds);
}

bool may_continue(CURLcode code) {
  return code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING ||
         code == CURLE_OPERATION_TIMEDOUT || code == CURLE_HTTP2_STREAM || code == CURLE_HTTP2;
}

}  // namespace

TransferEnd transfer(const Download& download, PartialFile& part) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> owned(curl_easy_init(), &curl_easy_cleanup);
  if (ready != CURLE_OK || !owned) throw Error(Errc::internal, "download: expected libcurl to start, it did not");
  CURL* handle = owned.get();
  Progress progress{download, part, handle, -1, false, nullptr};
  std::array<char, CURL_ERROR_SIZE> words{};
  set_address(handle, download.url);
  set_patience(handle);
  set(handle, CURLOPT_ERRORBUFFER, words.data());
  set(handle, CURLOPT_HEADERFUNCTION, &on_header);
  set(handle, CURLOPT_HEADERDATA, &progress);
  set(handle, CURLOPT_WRITEFUNCTION, &on_body);
  set(handle, CURLOPT_WRITEDATA, &progress);
  set(handle, CURLOPT_NOPROGRESS, 0L);
  set(handle, CURLOPT_XFERINFOFUNCTION, &on_progress);
  set(handle, CURLOPT_XFERINFODATA, &progress);
  const std::string range = std::to_string(part.size()) + "-";
  if (part.size() > 0) set(handle, CURLOPT_RANGE, range.c_str());

  const CURLcode code = curl_easy_perform(handle);
  if (progress.failure) std::rethrow_exception(progress.failure);
  TransferEnd end;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &end.status);
  if (code != CURLE_OK && (progress.begun || code != CURLE_WRITE_ERROR)) {
    end.fault = escaped(words[0] != '\0' ? words.data() : curl_easy_strerror(code));
    end.cut = progress.begun && may_continue(code);
  } else if (end.status == partial_content && !progress.begun) {
    end.fault = "the server answered another range than asked for";
    end.cut = true;
  } else if (end.status != ok && end.status != partial_content) {
    end.fault = "the server answered " + std::to_string(end.status);
  } else if (!progress.begun) {
    end.fault = "the server sent no bytes";
  }
  return end;
}

}  // namespace fovea::model
