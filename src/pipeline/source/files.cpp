#include <algorithm>
#include <set>
#include <system_error>

#include "fovea/processor.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;

class Listing {
 public:
  std::vector<fs::path> files;

  void add(const fs::path& input) {
    std::error_code error;
    if (fs::is_directory(input, error))
      descend(input);
    else
      files.push_back(input);
  }

 private:
  void descend(const fs::path& folder) {
    std::error_code error;
    const fs::path real = fs::canonical(folder, error);
    if (error || !seen_.insert(real.native()).second) return;
    std::vector<fs::path> entries;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
      if (it->path().filename().native().front() != '.') entries.push_back(it->path());
    if (error) files.push_back(folder);  // its row says why it cannot be read
    // A folder sorts as its files' paths do: by the bytes after its name, which start with '/'.
    const auto key = [](const fs::path& entry) {
      std::error_code ignored;
      return fs::is_directory(entry, ignored) ? entry.native() + '/' : entry.native();
    };
    std::vector<std::pair<std::string, const fs::path*>> order;
    for (const fs::path& entry : entries) order.emplace_back(key(entry), &entry);
    std::sort(order.begin(), order.end());
    for (const auto& [name, entry] : order) add(*entry);
  }

  std::set<std::string> seen_;  // folders by their real path: a link back to one ends there
};

}  // namespace

std::vector<std::filesystem::path> list_inputs(std::span<const std::string> inputs) {
  Listing listing;
  for (const std::string& input : inputs) listing.add(input);
  return std::move(listing.files);
}

}  // namespace fovea
