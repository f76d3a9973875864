#include "fovea/print.h"

#include <algorithm>

#include "array/host.h"
#include "array/print_format.h"

// The layout is that of NumPy's arrayprint.py.
namespace fovea {
namespace {

std::string stripped(std::string text) {
  text.resize(text.find_last_not_of(" \t\n\r\v\f") + 1);
  return text;
}

class Layout {
 public:
  Layout(const Array& array, const PrintOptions& options)
      : array_(array),
        options_(options),
        summary_(array.size() > options.threshold),
        format_(element_format(array.dtype(), array.ndim() == 0, samples(), options)) {}

  std::string text() const { return part(0, array_.data(), " ", options_.linewidth); }

 private:
  std::size_t axes() const { return array_.shape().size(); }
  std::int64_t item() const { return static_cast<std::int64_t>(size_of(array_.dtype())); }
  bool cut(std::size_t axis) const { return summary_ && array_.shape()[axis] > 2 * options_.edgeitems; }

  // The elements that are shown, for edgeitems = 0 all of them as in NumPy: the widths come from them.
  std::vector<const std::byte*> samples() const {
    std::vector<const std::byte*> found{array_.data()}, next;
    for (std::size_t axis = 0; axis < axes(); ++axis) {
      next.clear();
      const std::int64_t extent = array_.shape()[axis];
      for (const std::byte* at : found)
        for (std::int64_t i = 0; i < extent; ++i) {
          if (cut(axis) && i == options_.edgeitems && i > 0) i = extent - options_.edgeitems;
          if (i < extent) next.push_back(at + i * array_.strides()[axis] * item());
        }
      found.swap(next);
    }
    return found;
  }

  void extend(std::string& text, std::string& line, const std::string& word, std::int64_t width,
              const std::string& indent) const {
    if (static_cast<std::int64_t>(line.size() + word.size()) > width && line.size() > indent.size()) {
      text += stripped(line) + "\n";
      line = indent;
    }
    line += word;
  }

  std::string row(std::size_t axis, const std::byte* at, const std::string& indent, std::int64_t width) const {
    const std::int64_t extent = array_.shape()[axis], step = array_.strides()[axis] * item();
    const std::int64_t leading = cut(axis) ? options_.edgeitems : 0;
    const std::int64_t trailing = cut(axis) ? options_.edgeitems : extent;
    width -= static_cast<std::int64_t>(std::max<std::size_t>(stripped(options_.separator).size(), 1));
    std::string text, line = indent;
    const auto element = [&](std::int64_t i) { extend(text, line, format_(at + i * step), width, indent); };
    for (std::int64_t i = 0; i < leading; ++i) {
      element(i);
      line += options_.separator;
    }
    if (cut(axis)) {
      extend(text, line, "...", width, indent);
      line += options_.separator;
    }
    for (std::int64_t i = extent - std::max<std::int64_t>(trailing, 1); i < extent; ++i) {
      element(i);
      if (i + 1 < extent) line += options_.separator;
    }
    return text + line;
  }

  std::string part(std::size_t axis, const std::byte* at, const std::string& indent, std::int64_t width) const {
    if (axis == axes()) return format_(at);
    std::string text;
    if (axis + 1 == axes()) {
      text = row(axis, at, indent, width);
    } else {
      const std::int64_t extent = array_.shape()[axis], step = array_.strides()[axis] * item();
      const std::string gap = stripped(options_.separator) + std::string(axes() - axis - 1, '\n');
      const std::int64_t edge = cut(axis) ? options_.edgeitems : extent;
      for (std::int64_t i = 0; i < extent; ++i) {
        if (i == edge) {
          text += indent + "..." + gap;
          i = extent - std::max<std::int64_t>(edge, 1);
        }
        text += indent + part(axis + 1, at + i * step, indent + ' ', width - 1);
        if (i + 1 < extent) text += gap;
      }
    }
    return '[' + text.substr(indent.size()) + ']';
  }

  const Array& array_;
  const PrintOptions& options_;
  bool summary_;
  FormatElement format_;
};

void check(bool good, const char* what, std::int64_t got) {
  if (!good)
    throw Error(Errc::invalid_argument, std::string("to_string: expected ") + what + ", got " + std::to_string(got));
}

}  // namespace

std::string to_string(const Array& array, const PrintOptions& options) {
  check(options.precision >= 0 && options.precision <= 1000, "a precision from 0 to 1000", options.precision);
  check(options.threshold >= 0, "a threshold of 0 or more", options.threshold);
  check(options.edgeitems >= 0 && options.edgeitems <= 1'000'000, "edgeitems from 0 to 10^6", options.edgeitems);
  check(options.linewidth >= 0, "a linewidth of 0 or more", options.linewidth);
  require_host("to_string", array);
  if (array.size() == 0) return "[]";
  return Layout(array, options).text();
}

}  // namespace fovea
