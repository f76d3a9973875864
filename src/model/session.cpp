#include "model/session.h"

#include <bit>
#include <cstring>

#include "base/threads.h"
#include "ops/onednn.h"

namespace fovea::model {

Plan& Session::plan(std::int64_t pictures) {
  auto found = plans_.find(pictures);
  if (found == plans_.end()) {
    found = plans_.try_emplace(pictures, graph_, Shape{pictures, graph_.channels, side_, side_}, weights_).first;
    const auto bytes = static_cast<std::int64_t>(found->second.arena_bytes());
    if (arena_.size() < bytes) arena_ = Array::empty({bytes}, DType::u8);
    trim_host_memory();  // what loading and packing weights left is of no size that running needs
  }
  return found->second;
}

void Session::run(const Array& input, const Array& output, int threads) {
  const ThreadLimit limit(threads);
  ops::onednn::set_threads(threads);
  const std::int64_t count = input.shape()[0], values = output.shape()[1];
  for (std::int64_t done = 0; done < count;) {
    // Powers of two, so that four plans serve every batch size.
    const auto pictures =
        static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(std::min(count - done, most_pictures))));
    Plan& ready = plan(pictures);
    const Array result = ready.run(input.slice(0, {done, done + pictures}), arena_.data());
    std::memcpy(output.data() + done * values * 4, result.data(), static_cast<std::size_t>(pictures * values) * 4);
    done += pictures;
  }
}

SessionPool::Lease SessionPool::borrow() {
  {
    std::scoped_lock lock(mutex_);
    if (!idle_.empty()) {
      auto session = std::move(idle_.back());
      idle_.pop_back();
      return {*this, std::move(session)};
    }
  }
  return {*this, std::make_unique<Session>(graph_, side_, weights_)};
}

void SessionPool::give_back(std::unique_ptr<Session> session) {
  std::scoped_lock lock(mutex_);
  idle_.push_back(std::move(session));
}

}  // namespace fovea::model
