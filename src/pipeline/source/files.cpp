#include <algorithm>
#include <set>
#include <system_error>

#include "fovea/processor.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;

// Names are kept as strings: a std::filesystem::path takes several times the bytes of its text.
class Listing {
 public:
  std::vector<std::string> files;

  void add(const std::string& input) {
    std::error_code error;
    if (fs::is_directory(input, error))
      descend(input);
    else
      files.push_back(input);
  }

 private:
  void descend(const std::string& folder) {
    std::error_code error;
    const fs::path real = fs::canonical(folder, error);
    if (error || !seen_.insert(real.native()).second) return;
    // Folders carry a '/' while they are sorted, so that they come where their files' paths belong by bytes.
    std::vector<std::string> entries;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      if (it->path().filename().native().front() == '.') continue;
      std::error_code unknown;
      entries.push_back(it->is_directory(unknown) ? it->path().native() + '/' : it->path().native());
    }
    if (error) files.push_back(folder);  // its row says why it cannot be read
    std::sort(entries.begin(), entries.end());
    for (std::string& entry : entries) {
      if (entry.back() == '/') {
        entry.pop_back();
        descend(entry);
      } else {
        files.push_back(std::move(entry));
      }
    }
  }

  std::set<std::string> seen_;  // folders by their real path: a link back to one ends there
};

}  // namespace

std::vector<std::string> list_inputs(std::span<const std::string> inputs) {
  Listing listing;
  for (const std::string& input : inputs) listing.add(input);
  return std::move(listing.files);
}

}  // namespace fovea
