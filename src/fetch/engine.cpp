#include "fetch/engine.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <new>
#include <utility>

#include "fetch/opt_out.h"

namespace fovea::fetch {
namespace {

constexpr int max_redirects = 5;
constexpr int idle_milliseconds = 60'000;
// A wish to come again in years is no reason to overflow a clock.
constexpr double longest_wait = 1e6;

Clock::duration seconds(double count) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(std::min(count, longest_wait)));
}

double seconds_until(Clock::time_point then, Clock::time_point now) {
  return std::chrono::duration<double>(then - now).count();
}

CURLM* new_multi() {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  CURLM* multi = ready == CURLE_OK ? curl_multi_init() : nullptr;
  if (!multi) throw Error(Errc::internal, "fetch: expected libcurl to start, it did not");
  return multi;
}

// A connection that its peer has closed must not end the process.
void ignore_broken_pipes() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

Engine::Engine(const FetchOptions& options, const Tuning& tuning)
    : options_(options),
      tuning_(tuning),
      robots_name_(robots_name(options.user_agent.empty() ? "fovea" : options.user_agent)),
      multi_(new_multi(), &curl_multi_cleanup),
      queues_(options.per_host) {
  buffered_.limit = options_.buffer_bytes;
  curl_multi_setopt(multi_.get(), CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(options_.per_host));
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options_.in_flight));
  thread_ = std::thread([this] { run(); });
}

Engine::~Engine() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  curl_multi_wakeup(multi_.get());
  thread_.join();
}

void Engine::fetch(std::string url, Fetcher::Done done, Validators validators, std::optional<ByteRange> range) {
  auto request = std::make_unique<Request>();
  request->asked = public_url(url);
  request->validators = std::move(validators);
  request->range = range;
  request->done = std::move(done);
  request->url.text = std::move(url);
  {
    const std::scoped_lock lock(mutex_);
    arrived_.push_back(std::move(request));
  }
  curl_multi_wakeup(multi_.get());
}

// After a failure that no single request can be blamed for, all of them get its error, also those that are yet to come.
void Engine::run() {
  ignore_broken_pipes();
  Error end(Errc::interrupted, "fetch: expected the file, got the end of downloads");
  try {
    loop();
  } catch (const std::bad_alloc&) {
    end = Error(Errc::out_of_memory, "fetch: out of memory");
  } catch (const Error& error) {
    end = error;
  }
  while (!end_all(end)) curl_multi_poll(multi_.get(), nullptr, 0, idle_milliseconds, nullptr);
}

void Engine::loop() {
  while (true) {
    {
      const std::scoped_lock lock(mutex_);
      if (stopping_) return;
    }
    take_arrived();
    release_delayed(Clock::now());
    start_more();
    int running = 0;
    if (curl_multi_perform(multi_.get(), &running) != CURLM_OK)
      throw Error(Errc::internal, "fetch: expected libcurl to go on, it did not");
    if (take_finished()) let_go_on();
    start_more();
    curl_multi_poll(multi_.get(), nullptr, 0, patience(Clock::now()), nullptr);
  }
}

int Engine::patience(Clock::time_point now) const {
  Clock::time_point next = queues_.next_release();
  if (!delayed_.empty()) next = std::min(next, delayed_.begin()->first);
  if (next == Clock::time_point::max()) return idle_milliseconds;
  return static_cast<int>(std::clamp(std::ceil(seconds_until(next, now) * 1000), 0.0, double{idle_milliseconds}));
}

void Engine::take_arrived() {
  std::vector<RequestPtr> arrived;
  {
    const std::scoped_lock lock(mutex_);
    arrived.swap(arrived_);
  }
  for (RequestPtr& request : arrived) {
    Result<Url> url = parse_url(request->url.text);
    if (!url) {
      fail(std::move(request), Errc::url_refused, "an http or https address", url.error().what());
      continue;
    }
    request->url = std::move(url).value();
    admit(std::move(request), true);
  }
}

void Engine::release_delayed(Clock::time_point now) {
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    RequestPtr request = std::move(delayed_.begin()->second);
    delayed_.erase(delayed_.begin());
    queues_.push_front(std::move(request));
  }
}

// Each hop comes through here.
void Engine::admit(RequestPtr request, bool first) {
  if (!options_.allow_private && names_private_host(request->url))
    return fail(std::move(request), Errc::url_refused, "a public address", "a private or reserved one");
  if (options_.robots && request->robots_of.empty()) {
    const std::string origin = request->url.origin;
    const RobotsCache::Rules* rules = robots_.find(origin, Clock::now());
    if (!rules) {
      const bool reading = robots_.reading(origin);
      const Url url = request->url;
      robots_.wait(std::move(request));
      return reading ? void() : read_robots(url);
    }
    if (!*rules) {
      const Error why = rules->error();
      return fail(std::move(request), why.code(), "a robots.txt to go by", why.what());
    }
    if (!rules->value().allows(request->url.target))
      return fail(std::move(request), Errc::opt_out, "a file that programs may have", "one that robots.txt excludes");
  }
  first ? queues_.push(std::move(request)) : queues_.push_front(std::move(request));
}

void Engine::read_robots(const Url& of) {
  auto request = std::make_unique<Request>();
  request->url = parse_location(of, "/robots.txt").value();
  request->asked = public_url(request->url.text);
  request->robots_of = of.origin;
  admit(std::move(request), false);
}

// RFC 9309: without a file (4xx) all is allowed, with one that cannot be had (5xx, no answer) nothing is.
void Engine::settle_robots(const Request& request, Verdict&& verdict) {
  const Clock::time_point now = Clock::now();
  RobotsCache::Rules rules = RobotsRules();
  double lifetime = tuning_.robots_lifetime;
  if (const auto* text = std::get_if<Fetched>(&verdict)) {
    const auto* bytes = reinterpret_cast<const char*>(text->bytes.data());
    rules = RobotsRules(std::string_view(bytes, text->bytes.size()), robots_name_);
  } else if (const Fault& fault = std::get<Fault>(verdict); fault.passing || fault.error.code() != Errc::http_status) {
    rules = fault.error;
    lifetime = tuning_.robots_fault_lifetime;
  }
  for (RequestPtr& waited : robots_.settle(request.robots_of, std::move(rules), now + seconds(lifetime))) {
    const bool first = !waited->deadline;
    admit(std::move(waited), first);
  }
}

void Engine::start_more() {
  while (static_cast<int>(transfers_.size()) < options_.in_flight && buffered_.bytes < buffered_.limit) {
    RequestPtr request = queues_.take(Clock::now());
    if (!request) return;
    start(std::move(request));
  }
}

void Engine::start(RequestPtr request) {
  const Clock::time_point now = Clock::now();
  if (!request->deadline) request->deadline = now + seconds(options_.timeout);
  const double left = seconds_until(*request->deadline, now);
  if (left <= 0) {
    queues_.ended(request->url.host, now);
    return fail(std::move(request), Errc::timeout, "the file in time", "no turn to ask for it");
  }
  ++request->attempts;
  auto transfer = std::make_unique<Transfer>(std::move(request), options_, tuning_, left, buffered_, started_++);
  CURL* handle = transfer->handle();
  if (!buffered_.eldest) buffered_.eldest = transfer.get();
  transfers_.emplace(handle, std::move(transfer));
  if (curl_multi_add_handle(multi_.get(), handle) != CURLM_OK)
    throw Error(Errc::internal, "fetch: expected libcurl to take a transfer, it did not");
}

bool Engine::take_finished() {
  int left = 0;
  bool some = false;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    some = true;
    const CURLcode code = message->data.result;
    const auto found = transfers_.find(message->easy_handle);
    curl_multi_remove_handle(multi_.get(), found->first);
    const std::unique_ptr<Transfer> transfer = std::move(found->second);
    transfers_.erase(found);
    if (buffered_.eldest == transfer.get()) buffered_.eldest = nullptr;
    Answer answer = transfer->take_answer(code);
    queues_.ended(transfer->request().url.host, Clock::now());
    decide(transfer->take_request(), std::move(answer));
  }
  return some;
}

// After a transfer has ended there may be room for those that wait; the one that began first needs none, so that not
// all wait for each other.
void Engine::let_go_on() {
  if (!buffered_.eldest && !transfers_.empty())
    buffered_.eldest = std::min_element(transfers_.begin(), transfers_.end(), [](const auto& a, const auto& b) {
                         return a.second->number() < b.second->number();
                       })->second.get();
  if (!std::exchange(buffered_.paused, false)) return;
  for (const auto& [handle, transfer] : transfers_) curl_easy_pause(handle, CURLPAUSE_CONT);
}

void Engine::decide(RequestPtr request, Answer&& answer) {
  Verdict verdict = judge(std::move(answer), *request, options_);
  if (const auto* redirect = std::get_if<Redirect>(&verdict)) return follow(std::move(request), redirect->location);
  if (auto* found = std::get_if<Fault>(&verdict))
    if (found->passing && try_again(request, *found)) return;
  finish(std::move(request), std::move(verdict));
}

void Engine::follow(RequestPtr request, const std::string& location) {
  const auto refuse = [&](Errc code, const std::string& what) { fail(std::move(request), code, "the file", what); };
  if (request->redirects == max_redirects) return refuse(Errc::http_status, "a sixth redirect");
  Result<Url> url = parse_location(request->url, location);
  if (!url) return refuse(Errc::url_refused, std::string("a redirect to ") + url.error().what());
  if (request->url.scheme == "https" && url.value().scheme != "https")
    return refuse(Errc::url_refused, "a redirect from https to http");
  ++request->redirects;
  request->url = std::move(url).value();
  admit(std::move(request), false);
}

bool Engine::try_again(RequestPtr& request, Fault& fault) {
  if (request->retries == options_.retries) return false;
  const Clock::time_point now = Clock::now();
  const double most = std::min(std::ldexp(tuning_.backoff, request->retries), tuning_.most_backoff);
  double wait = std::uniform_real_distribution<double>(most / 2, most)(random_);
  if (fault.retry_after) wait = std::max(wait, *fault.retry_after);
  const Clock::time_point then = now + seconds(wait);
  if (then >= *request->deadline) {
    if (fault.retry_after)
      fault.error = Error(fault.error.code(), std::string(fault.error.what()) + ", to be tried again in " +
                                                  std::to_string(std::lround(*fault.retry_after)) +
                                                  " s, behind the time allowed");
    return false;
  }
  if (fault.retry_after) queues_.hold(request->url.host, then);
  ++request->retries;
  delayed_.emplace(then, std::move(request));
  return true;
}

void Engine::fail(RequestPtr request, Errc code, const std::string& expected, const std::string& got) {
  Error error = fault(code, *request, expected, got);
  finish(std::move(request), Fault{std::move(error), false, {}});
}

void Engine::finish(RequestPtr request, Verdict&& verdict) {
  if (!request->robots_of.empty()) return settle_robots(*request, std::move(verdict));
  if (auto* fetched = std::get_if<Fetched>(&verdict)) {
    fetched->seconds = options_.timeout - seconds_until(*request->deadline, Clock::now());
    return request->finish(std::move(*fetched));
  }
  request->finish(std::move(std::get<Fault>(verdict).error));
}

// True when nothing more can come.
bool Engine::end_all(const Error& error) {
  std::vector<RequestPtr> all = queues_.take_all();
  for (RequestPtr& request : robots_.take_all()) all.push_back(std::move(request));
  for (auto& [when, request] : delayed_) all.push_back(std::move(request));
  delayed_.clear();
  for (auto& [handle, transfer] : transfers_) {
    curl_multi_remove_handle(multi_.get(), handle);
    if (RequestPtr request = transfer->take_request()) all.push_back(std::move(request));
  }
  transfers_.clear();
  bool last = false;
  {
    const std::scoped_lock lock(mutex_);
    for (RequestPtr& request : arrived_) all.push_back(std::move(request));
    arrived_.clear();
    last = stopping_;
  }
  for (const RequestPtr& request : all) request->finish(Error(error));
  const std::scoped_lock lock(mutex_);
  return last && arrived_.empty();
}

}  // namespace fovea::fetch
