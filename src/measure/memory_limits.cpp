#include <hwy/cache_control.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "fovea/error.h"
#include "fovea/memory.h"
#include "measure/at_once.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "measure/memory_limits.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fovea::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Word = std::uint64_t;
using Tag = hn::ScalableTag<Word>;

// `count` words, a multiple of eight of the widest vectors.
void Read(const Word* from, std::int64_t count, Word* sink) {
  const Tag d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  auto a = hn::Zero(d), b = a, c = a, e = a;
  for (std::int64_t i = 0; i < count; i += 4 * lanes) {
    a = hn::Or(a, hn::Load(d, from + i));
    b = hn::Or(b, hn::Load(d, from + i + lanes));
    c = hn::Or(c, hn::Load(d, from + i + 2 * lanes));
    e = hn::Or(e, hn::Load(d, from + i + 3 * lanes));
  }
  hn::StoreU(hn::Or(hn::Or(a, b), hn::Or(c, e)), d, sink);
}

void Write(Word* to, std::int64_t count, Word value) {
  const Tag d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto v = hn::Set(d, value);
  for (std::int64_t i = 0; i < count; i += 4 * lanes)
    for (std::int64_t k = 0; k < 4; ++k) hn::Store(v, d, to + i + k * lanes);
}

void StreamWrite(Word* to, std::int64_t count, Word value) {
  const Tag d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto v = hn::Set(d, value);
  for (std::int64_t i = 0; i < count; i += 4 * lanes)
    for (std::int64_t k = 0; k < 4; ++k) hn::Stream(v, d, to + i + k * lanes);
  hwy::FlushStream();
}

void Copy(const Word* from, Word* to, std::int64_t count) {
  const Tag d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t i = 0; i < count; i += 4 * lanes)
    for (std::int64_t k = 0; k < 4; ++k) hn::Store(hn::Load(d, from + i + k * lanes), d, to + i + k * lanes);
}

void StreamCopy(const Word* from, Word* to, std::int64_t count) {
  const Tag d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t i = 0; i < count; i += 4 * lanes)
    for (std::int64_t k = 0; k < 4; ++k) hn::Stream(hn::Load(d, from + i + k * lanes), d, to + i + k * lanes);
  hwy::FlushStream();
}

}  // namespace fovea::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea {
namespace {

HWY_EXPORT(Read);
HWY_EXPORT(Write);
HWY_EXPORT(StreamWrite);
HWY_EXPORT(Copy);
HWY_EXPORT(StreamCopy);

using Word = std::uint64_t;
constexpr std::int64_t most_bytes = std::int64_t{512} << 20;
constexpr std::int64_t step_words = 512;  // a part is a multiple, so that loops need no ends
constexpr std::size_t widest = 256;       // lanes of any vector

// Touched memory in equal parts, one a thread.
class Parts {
 public:
  Parts(const char* where, std::int64_t bytes, int threads) {
    if (bytes < 1)
      throw Error(Errc::invalid_argument,
                  std::string(where) + ": expected bytes of at least 1, got " + std::to_string(bytes));
    const std::int64_t words = std::min(bytes, most_bytes) / static_cast<std::int64_t>(sizeof(Word)) / threads;
    words_ = std::max<std::int64_t>(1, words / step_words) * step_words;
    size_ = static_cast<std::size_t>(words_ * threads) * sizeof(Word);
    data_ = static_cast<Word*>(memory_->allocate(size_));
    std::memset(data_, 1, size_);
  }
  ~Parts() { memory_->deallocate(data_, size_); }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  Word* part(int thread) const { return data_ + thread * words_; }
  std::int64_t words() const { return words_; }

 private:
  std::shared_ptr<Memory> memory_ = host_memory();
  std::int64_t words_ = 0;
  std::size_t size_ = 0;
  Word* data_ = nullptr;
};

// pass(thread) goes over `words` words of each thread's part.
template <class Pass>
double rate(int threads, double seconds, std::int64_t words, const Pass& pass) {
  return rate_at_once(threads, seconds, [&](int thread, std::int64_t repeats) {
    for (std::int64_t k = 0; k < repeats; ++k) pass(thread);
    return static_cast<double>(repeats) * static_cast<double>(words) * sizeof(Word);
  });
}

}  // namespace

double read_limit(std::int64_t bytes, const LimitOptions& options) {
  const int threads = checked_threads("read_limit", options);
  const Parts parts("read_limit", bytes, threads);
  return rate(threads, options.seconds, parts.words(), [&](int t) {
    Word sink[widest];
    HWY_DYNAMIC_DISPATCH(Read)(parts.part(t), parts.words(), sink);
    volatile Word kept = sink[0];
    (void)kept;
  });
}

double write_limit(std::int64_t bytes, const LimitOptions& options) {
  const int threads = checked_threads("write_limit", options);
  const Parts parts("write_limit", bytes, threads);
  const double plain = rate(threads, options.seconds / 2, parts.words(), [&](int t) {
    HWY_DYNAMIC_DISPATCH(Write)(parts.part(t), parts.words(), 3);
  });
  const double streamed = rate(threads, options.seconds / 2, parts.words(), [&](int t) {
    HWY_DYNAMIC_DISPATCH(StreamWrite)(parts.part(t), parts.words(), 5);
  });
  return std::max(plain, streamed);
}

double copy_limit(std::int64_t bytes, const LimitOptions& options) {
  const int threads = checked_threads("copy_limit", options);
  const std::int64_t half = bytes < 1 ? bytes : bytes / 2 + 1;
  const Parts from("copy_limit", half, threads), to("copy_limit", half, threads);
  const std::int64_t moved = 2 * from.words();
  const double plain = rate(threads, options.seconds / 2, moved, [&](int t) {
    HWY_DYNAMIC_DISPATCH(Copy)(from.part(t), to.part(t), from.words());
  });
  const double streamed = rate(threads, options.seconds / 2, moved, [&](int t) {
    HWY_DYNAMIC_DISPATCH(StreamCopy)(from.part(t), to.part(t), from.words());
  });
  return std::max(plain, streamed);
}

}  // namespace fovea
#endif
