#include "model/pickle/machine_state.h"

#include <algorithm>
#include <limits>

namespace fovea::model::pickle {
namespace {

constexpr Id unwritten = std::numeric_limits<Id>::max();

[[noreturn]] void over(const std::string& what, std::size_t most) {
  throw Error(Errc::limit_metadata, "expected at most " + std::to_string(most) + " " + what + ", got more");
}

}  // namespace

void MachineState::push(Value value, int depth) {
  if (result.objects.size() >= limits_.objects) over("objects", limits_.objects);
  if (depth > limits_.depth) over("levels of nesting", static_cast<std::size_t>(limits_.depth));
  result.objects.push_back({std::move(value), depth});
  push(static_cast<Id>(result.objects.size() - 1));
}

void MachineState::push(Id id) {
  if (stack_.size() >= limits_.stack) over("values on the stack", limits_.stack);
  stack_.push_back(id);
}

Id MachineState::pop() {
  const Id id = top();
  stack_.pop_back();
  return id;
}

Id MachineState::top() const {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back()))
    throw Error(Errc::corrupt, "expected a value on the stack, got none");
  return stack_.back();
}

void MachineState::mark() {
  if (marks_.size() >= static_cast<std::size_t>(limits_.depth))
    over("levels of nesting", static_cast<std::size_t>(limits_.depth));
  marks_.push_back(stack_.size());
}

std::vector<Id> MachineState::pop_to_mark() {
  if (marks_.empty()) throw Error(Errc::corrupt, "expected a mark on the stack, got none");
  const auto from = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<Id> items(from, stack_.end());
  stack_.erase(from, stack_.end());
  marks_.pop_back();
  return items;
}

// A put takes two bytes or more, so a pickle never needs a higher index than it has bytes.
void MachineState::memoize(std::uint64_t index, std::size_t pickle_bytes) {
  const Id id = top();
  if (index >= pickle_bytes)
    throw Error(Errc::corrupt,
                "expected a memo index below " + std::to_string(pickle_bytes) + ", got " + std::to_string(index));
  if (index >= memo_.size()) {
    if (index >= memo_.capacity()) memo_.reserve(std::max<std::size_t>(index + 1, 2 * memo_.capacity()));
    memo_.resize(index + 1, unwritten);
  }
  if (memo_[index] == unwritten) ++memo_count_;
  memo_[index] = id;
}

void MachineState::memoize_next(std::size_t pickle_bytes) {
  memoize(memo_count_, pickle_bytes);
}

Id MachineState::recall(std::uint64_t index) const {
  if (index >= memo_.size() || memo_[index] == unwritten)
    throw Error(Errc::corrupt, "expected a memo index that was written, got " + std::to_string(index));
  return memo_[index];
}

int MachineState::admit(const std::vector<Id>& items) {
  items_ += items.size();
  if (items_ > limits_.items) over("items in containers", limits_.items);
  int depth = 0;
  for (Id id : items) depth = std::max(depth, result.objects[id].depth);
  if (depth >= limits_.depth) over("levels of nesting", static_cast<std::size_t>(limits_.depth));
  return depth + 1;
}

void MachineState::push_tuple(std::vector<Id> items) {
  const int depth = admit(items);
  push(Tuple{std::move(items)}, depth);
}

void MachineState::append(Id list, const std::vector<Id>& items) {
  get<List>(list, "a list to append to");
  const int depth = admit(items);
  Object& object = result.objects[list];
  auto& into = std::get<List>(object.value).items;
  into.insert(into.end(), items.begin(), items.end());
  object.depth = std::max(object.depth, depth);
}

void MachineState::set_items(Id dict, const std::vector<Id>& keys_and_values) {
  get<Dict>(dict, "a dict to set items of");
  if (keys_and_values.size() % 2 != 0) throw Error(Errc::corrupt, "expected keys with values, got an odd count");
  const int depth = admit(keys_and_values);
  Object& object = result.objects[dict];
  auto& into = std::get<Dict>(object.value).items;
  for (std::size_t i = 0; i < keys_and_values.size(); i += 2)
    into.emplace_back(keys_and_values[i], keys_and_values[i + 1]);
  object.depth = std::max(object.depth, depth);
}

}  // namespace fovea::model::pickle
