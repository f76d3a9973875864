#include <sys/types.h>

#include <string>
#include <vector>

#include "memory_file.h"
#include "pipeline/input/sources.h"

// Any bytes are members or errors, an end of them, and the same names whether the members are read or passed over, as a
// run that goes on does.
namespace {

using namespace fovea;
using pipeline::ArchiveReader;

constexpr std::int64_t limit = 1 << 16;

std::vector<std::string> names(const std::uint8_t* data, std::size_t size, bool take) {
  auto reader = std::make_unique<ArchiveReader>(memory_file(data, size), ArchiveReader::Take::tar);
  const auto source = pipeline::tar_source("a.tar", std::move(reader), false, limit);
  std::vector<std::string> all;
  while (std::optional<std::string> name = source->next()) {
    all.push_back(*name);
    if (!name->starts_with("a.tar")) std::abort();
    if (!take) continue;
    const Content content = source->take();
    if (const auto* bytes = std::get_if<std::vector<std::byte>>(&content); bytes && bytes->size() > limit) std::abort();
    if (const auto* error = std::get_if<Error>(&content))
      if (std::string(error->what()).find('\n') != std::string::npos) std::abort();
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (names(data, size, true) != names(data, size, false)) std::abort();
  return 0;
}
