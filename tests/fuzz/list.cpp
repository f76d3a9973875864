#include <string>

#include "memory_file.h"
#include "pipeline/input/sources.h"

// A byte for the kind of list, and any bytes: entries without NUL or errors of one line, and an end of them.
namespace {

using namespace fovea;
using pipeline::ArchiveReader;
using pipeline::ListKind;

void read(ListKind kind, Descriptor file) {
  auto bytes = std::make_unique<ArchiveReader>(std::move(file), ArchiveReader::Take::bytes);
  if (!bytes->next()) return;
  const auto open = [](const std::string& entry) {
    if (entry.empty() || entry.find('\0') != entry.npos) std::abort();
    return pipeline::error_source(entry, Error(Errc::not_found, "not there"));
  };
  const auto source = pipeline::list_source("list", std::move(bytes), kind, "path", open);
  while (source->next())
    if (std::string(std::get<Error>(source->take()).what()).find('\n') != std::string::npos) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr ListKind kinds[] = {ListKind::lines, ListKind::csv, ListKind::jsonl};
  try {
    read(kinds[data[0] % 3], memory_file(data + 1, size - 1));
  } catch (const Error& error) {
    if (std::string(error.what()).find('\n') != std::string::npos) std::abort();
  }
  return 0;
}
