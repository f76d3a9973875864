#include "base/checked.h"
#include "model/pickle/machine_state.h"
#include "model/tensor_bytes.h"

namespace fovea::model::pickle {
namespace {

using Items = std::vector<Id>;

std::int64_t integer(const MachineState& state, Id id, const char* what) {
  return state.get<std::int64_t>(id, what);
}

const Items& arguments(const MachineState& state, Id id, std::size_t least, std::size_t most) {
  const Items& items = state.get<Tuple>(id, "a tuple of arguments").items;
  if (items.size() < least || items.size() > most)
    throw Error(Errc::corrupt, "expected " + std::to_string(least) + " to " + std::to_string(most) +
                                   " arguments, got " + std::to_string(items.size()));
  return items;
}

Shape extents(const MachineState& state, Id id, const char* what) {
  const Items& items = state.get<Tuple>(id, what).items;
  if (items.size() > max_tensor_axes)
    throw Error(Errc::tensor_size,
                "expected at most " + std::to_string(max_tensor_axes) + " axes, got " + std::to_string(items.size()));
  Shape values;
  for (Id item : items) values.push_back(integer(state, item, "an integer extent"));
  return values;
}

Value tensor(const MachineState& state, const Items& items) {
  state.get<Storage>(items[0], "a storage");
  Tensor result{items[0], integer(state, items[1], "an integer offset"), extents(state, items[2], "a tuple of extents"),
                extents(state, items[3], "a tuple of strides")};
  if (result.shape.size() != result.strides.size())
    throw Error(Errc::tensor_size, "expected " + std::to_string(result.shape.size()) + " strides, got " +
                                       std::to_string(result.strides.size()));
  return result;
}

// OrderedDict() or, from Python 2, OrderedDict([[key, value], ..]).
void ordered_dict(MachineState& state, Id arguments_id) {
  const Items items = arguments(state, arguments_id, 0, 1);
  Items pairs;
  if (!items.empty())
    for (Id pair : state.get<List>(items[0], "a list of pairs").items) {
      const List* list = state.result.get_if<List>(pair);
      const Items& both = list != nullptr ? list->items : state.get<Tuple>(pair, "a pair").items;
      if (both.size() != 2)
        throw Error(Errc::corrupt, "expected a pair, got " + std::to_string(both.size()) + " items");
      pairs.insert(pairs.end(), both.begin(), both.end());
    }
  state.push(Dict{{}, true});
  state.set_items(state.top(), pairs);
}

}  // namespace

void reduce(MachineState& state) {
  const Id arguments_id = state.pop(), callable = state.pop();
  const auto* function = state.result.get_if<Function>(callable);
  if (function == nullptr)
    throw Error(Errc::pickle_opcode, "expected a function that rebuilds a tensor or a dict, got " +
                                         std::string(kind(state[callable])) + ", which was not called");
  switch (*function) {
    case Function::ordered_dict:
      return ordered_dict(state, arguments_id);
    case Function::rebuild_tensor:
      return state.push(tensor(state, arguments(state, arguments_id, 4, 4)));
    case Function::rebuild_tensor_v2:
      return state.push(tensor(state, arguments(state, arguments_id, 6, 7)));
    case Function::rebuild_parameter: {
      const Id inner = arguments(state, arguments_id, 3, 3)[0];
      state.get<Tensor>(inner, "a tensor");
      return state.push(inner);
    }
  }
}

// ('storage', type, key, location, elements[, None or (view key, offset, elements)])
void persistent_id(MachineState& state) {
  const Id id = state.pop();
  if (state.result.get_if<Tuple>(id) == nullptr)
    throw Error(Errc::pickle_opcode, "expected a tuple that names a storage, got " + std::string(kind(state[id])));
  const Items& items = arguments(state, id, 5, 6);
  if (state.get<std::string_view>(items[0], "'storage'") != "storage")
    throw Error(Errc::pickle_opcode, "expected 'storage', got " + shown(state.get<std::string_view>(items[0], "")));
  const auto& type = state.get<StorageType>(items[1], "a storage's type");
  const auto key = state.get<std::string_view>(items[2], "a string for the storage's key");
  state.get<std::string_view>(items[3], "a string for the storage's place");
  const std::int64_t elements = integer(state, items[4], "an integer count of elements");
  if (elements < 0) throw Error(Errc::tensor_size, "expected 0 or more elements, got " + std::to_string(elements));
  Storage storage{type.dtype, key, elements, 0, elements};
  if (items.size() == 6 && state.result.get_if<None>(items[5]) == nullptr) {
    const Items& view = arguments(state, items[5], 3, 3);
    storage.offset = integer(state, view[1], "an integer offset of the view");
    storage.elements = integer(state, view[2], "an integer count of elements");
    const auto end = checked_add(storage.offset, storage.elements);
    if (storage.offset < 0 || storage.elements < 0 || !end || *end > elements)
      throw Error(Errc::tensor_size, "expected a view within " + std::to_string(elements) + " elements, got " +
                                         std::to_string(storage.elements) + " from " + std::to_string(storage.offset));
  }
  state.push(storage);
}

// An OrderedDict's attributes, such as a state dict's _metadata, are read and dropped.
void build(MachineState& state) {
  const Id attributes = state.pop(), target = state.top();
  const Dict* dict = state.result.get_if<Dict>(target);
  if (dict == nullptr || !dict->ordered)
    throw Error(Errc::pickle_opcode, "expected an OrderedDict to set attributes of, got " +
                                         std::string(kind(state[target])) + ", which was left alone");
  state.get<Dict>(attributes, "a dict of attributes");
}

}  // namespace fovea::model::pickle
