#include <algorithm>
#include <string_view>

#include "base/file.h"
#include "base/text.h"
#include "fovea/model.h"

extern "C" {
extern const char fovea_embedded_imagenet_labels[];
extern const char fovea_embedded_imagenet_labels_end[];
}

namespace fovea {
namespace {

constexpr std::int64_t max_bytes = std::int64_t{16} << 20;

// Text that is printed as it is: UTF-8 without control characters.
bool printable(std::string label) {
  std::replace(label.begin(), label.end(), '\\', '/');
  return escaped(label) == label;
}

std::vector<std::string> parse_labels(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  std::vector<std::string> labels;
  std::size_t first_empty = 0;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() && first_empty == 0) first_empty = number;
    if (line.empty()) continue;
    const auto refuse = [&](std::size_t at, const std::string& what) {
      throw Error(Errc::corrupt, "labels line " + std::to_string(at) + ": expected one label a line, got " + what);
    };
    if (first_empty != 0) refuse(first_empty, "an empty line");
    labels.emplace_back(line);
    if (!printable(labels.back())) refuse(number, "bytes that are not printable UTF-8");
  }
  if (labels.empty()) throw Error(Errc::empty, "labels: expected one label a line, got none");
  return labels;
}

}  // namespace

std::vector<std::string> load_labels(const std::string& name_or_path) {
  if (name_or_path == "imagenet")
    return parse_labels({fovea_embedded_imagenet_labels, fovea_embedded_imagenet_labels_end});
  const FileBytes file = read_file(name_or_path, max_bytes).value();
  return parse_labels({reinterpret_cast<const char*>(file.data.get()), file.size});
}

}  // namespace fovea
