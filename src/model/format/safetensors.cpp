#include <algorithm>
#include <optional>

#include "model/format/format.h"
#include "model/safetensors/header.h"
#include "model/tensor_bytes.h"

namespace fovea::model {
namespace {

constexpr std::uint64_t length_bytes = 8;
constexpr std::uint64_t max_header_bytes = 100'000'000;  // the format's own limit

std::uint64_t little_endian(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = length_bytes; i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  return value;
}

bool matches(std::span<const std::byte> bytes) {
  if (bytes.size() < length_bytes) return false;
  const bool json = bytes.size() > length_bytes && bytes[length_bytes] == std::byte{'{'};
  return json || little_endian(bytes) >> 32 == 0;
}

Error refused(Errc code, const std::string& message) {
  return Error(code, "safetensors: " + message);
}

Result<std::string_view> header_text(std::span<const std::byte> bytes) {
  if (bytes.size() < length_bytes)
    return refused(Errc::truncated, "expected 8 bytes of header length, got " + std::to_string(bytes.size()));
  const std::uint64_t length = little_endian(bytes);
  if (length > max_header_bytes)
    return refused(Errc::limit_metadata, "expected a header of at most " + std::to_string(max_header_bytes) +
                                             " bytes, got " + std::to_string(length));
  if (length > bytes.size() - length_bytes)
    return refused(Errc::truncated, "expected a header of " + std::to_string(length) + " bytes, got " +
                                        std::to_string(bytes.size() - length_bytes));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data() + length_bytes), length);
  if (!text.starts_with('{'))
    return refused(Errc::model_format, "expected a header that begins with {, got another byte");
  if (text.find('\0') != text.npos) return refused(Errc::corrupt, "expected JSON in the header, got a zero byte");
  return text;
}

// The tensors' bytes must tile the buffer: no hole, no overlap, nothing after them.
std::optional<Error> untiled(std::vector<const TensorEntry*> entries, std::uint64_t buffer) {
  std::sort(entries.begin(), entries.end(), [](const TensorEntry* a, const TensorEntry* b) {
    return std::pair(a->begin, a->end) < std::pair(b->begin, b->end);
  });
  std::uint64_t at = 0;
  for (const TensorEntry* entry : entries) {
    if (entry->begin != at)
      return refused(Errc::corrupt, "tensor " + shown(entry->name) + ": expected its bytes to begin at " +
                                        std::to_string(at) + ", got " + std::to_string(entry->begin) +
                                        (entry->begin < at ? " (an overlap)" : " (a hole)"));
    at = entry->end;
  }
  if (at > buffer)
    return refused(Errc::truncated,
                   "expected " + std::to_string(at) + " bytes of tensors, got " + std::to_string(buffer));
  if (at < buffer)
    return refused(Errc::corrupt, "expected " + std::to_string(at) + " bytes of tensors, got " +
                                      std::to_string(buffer - at) + " more after them");
  return std::nullopt;
}

Result<StateDict> read(const FileBytes& file) {
  const auto text = header_text(file.bytes());
  if (!text) return text.error();
  auto header = parse_safetensors_header(text.value());
  if (!header) return header.error();
  const auto buffer = file.bytes().subspan(length_bytes + text.value().size());
  std::vector<const TensorEntry*> entries;
  for (const TensorEntry& entry : header.value().tensors) entries.push_back(&entry);
  if (auto error = untiled(std::move(entries), buffer.size())) return *error;

  StateDict dict;
  dict.metadata = std::move(header.value().metadata);
  for (TensorEntry& entry : header.value().tensors) {
    const auto bytes = buffer.subspan(entry.begin, entry.end - entry.begin);
    auto tensor = tensor_over(bytes, std::move(entry.shape), entry.dtype, file.data);
    if (!tensor) return refused(tensor.error().code(), shown(entry.name) + ": " + tensor.error().what());
    dict.tensors.emplace(std::move(entry.name), std::move(tensor).value());
  }
  return dict;
}

}  // namespace

Format safetensors_format() {
  return {"safetensors", matches, read};
}

}  // namespace fovea::model
