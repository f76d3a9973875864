#pragma once
#include <curl/curl.h>

#include <array>
#include <cstdint>
#include <memory>

#include "fetch/answer.h"
#include "fetch/request.h"
#include "fetch/tuning.h"
#include "fovea/fetch.h"

namespace fovea::fetch {

// The bytes that bodies hold, of all transfers.
struct Buffered {
  std::int64_t bytes = 0, limit = 0;
  const void* eldest = nullptr;  // the transfer that may go on whatever the others hold
  bool paused = false;           // some transfer was, since all were last let go on
};

// One exchange: a request over HTTP and its answer, as a libcurl handle for a multi handle to drive. What comes is
// checked as it comes: headers before the body, the body's length while it grows.
class Transfer {
 public:
  // Ends after `seconds`. Waits while bodies hold more than they may. Throws Error(internal) when libcurl refuses.
  Transfer(std::unique_ptr<Request>, const FetchOptions&, const Tuning&, double seconds, Buffered&,
           std::int64_t number);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  CURL* handle() const { return handle_.get(); }
  std::int64_t number() const { return number_; }  // in the order of starting
  Request& request() { return *request_; }
  std::unique_ptr<Request> take_request() { return std::move(request_); }
  // To be called once, when libcurl is done with it.
  Answer take_answer(CURLcode);

 private:
  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self);
  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self);
  static curl_socket_t on_socket(void* self, curlsocktype, curl_sockaddr* address);
  template <class T>
  void set(CURLoption option, T value);
  void set_up(const Tuning&, double seconds);
  void add_header(const std::string& line);
  bool take_header(std::string_view line);
  bool may_have_body();
  bool take_body(const char* data, std::size_t size);
  std::int64_t max_bytes() const;
  bool may_ask(const sockaddr& address) const;

  std::unique_ptr<Request> request_;
  const FetchOptions& options_;
  Buffered& buffered_;
  const std::int64_t number_;
  const int open_port_;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle_;
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers_{nullptr, &curl_slist_free_all};
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> resolve_{nullptr, &curl_slist_free_all};
  std::array<char, CURL_ERROR_SIZE> words_{};
  Answer answer_;
  std::int64_t length_ = -1;  // Content-Length
  std::size_t header_bytes_ = 0, discarded_ = 0;
  bool in_body_ = false;
};

}  // namespace fovea::fetch
