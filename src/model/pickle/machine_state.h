#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "model/pickle/machine.h"

namespace fovea::model::pickle {

// The stack and memo of a pickle being read. Its functions throw Error for what a pickle may not do.
class MachineState {
 public:
  explicit MachineState(const Limits& limits) : limits_(limits) {}

  void push(Value value, int depth = 1);
  void push(Id id);
  Id pop();  // never beyond the last mark
  Id top() const;
  void mark();
  std::vector<Id> pop_to_mark();
  bool at_end() const { return marks_.empty() && stack_.size() == 1; }
  std::size_t height() const { return stack_.size(); }

  void memoize(std::uint64_t index, std::size_t pickle_bytes);
  void memoize_next(std::size_t pickle_bytes);
  Id recall(std::uint64_t index) const;

  void push_tuple(std::vector<Id> items);
  void append(Id list, const std::vector<Id>& items);
  void set_items(Id dict, const std::vector<Id>& keys_and_values);

  const Value& operator[](Id id) const { return result[id]; }
  template <class T>
  const T& get(Id id, const char* what) const;  // corrupt: expected `what`, got the kind that it is

  Pickle result;

 private:
  int admit(const std::vector<Id>& items);  // into a container; its depth

  Limits limits_;
  std::vector<Id> stack_;
  std::vector<std::size_t> marks_;  // heights of the stack
  std::vector<Id> memo_;
  std::size_t memo_count_ = 0, items_ = 0;
};

template <class T>
const T& MachineState::get(Id id, const char* what) const {
  if (const T* value = result.get_if<T>(id)) return *value;
  throw Error(Errc::corrupt, std::string("expected ") + what + ", got " + std::string(kind(result[id])));
}

// The two opcodes with meaning: what they stand for is pushed.
void reduce(MachineState&);
void persistent_id(MachineState&);
void build(MachineState&);

}  // namespace fovea::model::pickle
