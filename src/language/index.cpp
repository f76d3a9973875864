#include <utility>

#include "language/operators.h"

namespace fovea::language {
namespace {

// x[:, ..., i]: the axis goes.
Array picked(const Array& x, int axis, std::int64_t index) {
  const std::int64_t extent = x.shape()[static_cast<std::size_t>(axis)];
  if (index < -extent || index >= extent)
    throw Error(Errc::invalid_argument, "expected an index from " + std::to_string(-extent) + " to " +
                                            std::to_string(extent - 1) + " for axis " + std::to_string(axis) + " of " +
                                            to_string(x.shape()) + ", got " + std::to_string(index));
  std::vector<int> axes{axis};
  for (int k = 0; k < x.ndim(); ++k)
    if (k != axis) axes.push_back(k);
  return x.transpose(axes)[index];
}

}  // namespace

Array indexed(const Array& x, const std::vector<Item>& items, std::size_t& failed) {
  int taken = 0;
  bool dots = false;
  for (std::size_t k = 0; k < items.size(); ++k) {
    failed = k;
    const Item::Kind kind = items[k].kind;
    if (kind == Item::Kind::ellipsis && std::exchange(dots, true))
      throw Error(Errc::invalid_argument, "expected one '...', got two");
    if (kind == Item::Kind::index || kind == Item::Kind::slice) ++taken;
    if (taken > x.ndim())
      throw Error(Errc::invalid_argument, "expected at most " + std::to_string(x.ndim()) + " indices for " +
                                              to_string(x.shape()) + ", got more");
  }
  Array view = x;
  int axis = 0;
  for (std::size_t k = 0; k < items.size(); ++k) {
    failed = k;
    switch (items[k].kind) {
      case Item::Kind::index:
        view = picked(view, axis, items[k].index);
        break;
      case Item::Kind::slice:
        view = view.slice(axis++, items[k].slice);
        break;
      case Item::Kind::new_axis:
        view = view.expand_dims(axis++);
        break;
      case Item::Kind::ellipsis:
        axis += x.ndim() - taken;
        break;
    }
  }
  return view;
}

}  // namespace fovea::language
