#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "fovea/array.h"

namespace fovea::model::pickle {

// Index into Pickle::objects. Objects refer to each other by index, so cycles and deep nesting cost nothing to free.
using Id = std::uint32_t;

struct None {};
struct BigInteger {  // more than 8 bytes
  std::span<const std::byte> little_endian;
};
struct Tuple {
  std::vector<Id> items;
};
struct List {
  std::vector<Id> items;
};
struct Dict {
  std::vector<std::pair<Id, Id>> items;
  bool ordered = false;  // made by collections.OrderedDict
};
// The functions whose meaning is known here. They are never called: their arguments are read as data.
enum class Function : std::uint8_t { ordered_dict, rebuild_tensor, rebuild_tensor_v2, rebuild_parameter };
struct StorageType {
  DType dtype;
};
struct Storage {  // elements [offset, offset + elements) of the record `key`
  DType dtype;
  std::string_view key;
  std::int64_t record_elements, offset, elements;
};
struct Tensor {
  Id storage;
  std::int64_t offset;  // offset and strides in elements, as the file says them: unchecked
  Shape shape, strides;
};

using Value = std::variant<None, bool, std::int64_t, double, std::string_view, BigInteger, Tuple, List, Dict, Function,
                           StorageType, Storage, Tensor>;
std::string_view kind(const Value&);  // "a tuple"

struct Object {
  Value value;
  int depth = 1;
};

// What a pickle describes. Strings are views of its bytes.
struct Pickle {
  std::deque<Object> objects;
  Id root = 0;
  std::size_t size = 0;  // bytes of the pickle, its STOP included

  const Value& operator[](Id id) const { return objects[id].value; }
  template <class T>
  const T* get_if(Id id) const {
    return std::get_if<T>(&objects[id].value);
  }
};

}  // namespace fovea::model::pickle
