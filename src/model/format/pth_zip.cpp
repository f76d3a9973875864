#include <algorithm>
#include <string>

#include "model/format/format.h"
#include "model/pickle/machine.h"
#include "model/pickle/state_dict.h"
#include "model/pickle/zip_records.h"
#include "model/tensor_bytes.h"

namespace fovea::model {
namespace {

using pickle::ZipRecords;

constexpr std::string_view pickle_name = "data.pkl";
constexpr std::uint64_t copies_per_byte = 8;  // tensors that share a storage may be copied apart

bool matches(std::span<const std::byte> bytes) {
  constexpr std::string_view local_header = "PK\x03\x04", empty_archive = "PK\x05\x06";
  const std::string_view start(reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 4));
  return start == local_header || start == empty_archive;
}

// The folder of data.pkl, with its slash: torch names it after the file that was saved.
Result<std::string> find_folder(const ZipRecords& records) {
  std::string found;
  int count = 0;
  for (const auto& [name, member] : records.members()) {
    const std::size_t slash = name.rfind('/');
    const std::string folder = slash == name.npos ? "" : name.substr(0, slash + 1);
    if (name.substr(folder.size()) != pickle_name) continue;
    found = folder;
    ++count;
  }
  if (count == 1) return found;
  return Error(count == 0 ? Errc::model_format : Errc::corrupt,
               "expected one data.pkl, as torch.save writes, got " + std::to_string(count) + " of them");
}

std::optional<Error> check_kind(ZipRecords& records, const std::string& folder) {
  const std::string code = folder + "code/";
  const auto after = records.members().lower_bound(code);
  const bool has_code = after != records.members().end() && after->first.starts_with(code);
  if (has_code || records.members().contains(folder + "constants.pkl"))
    return Error(Errc::unsupported, "expected a state dict, got a TorchScript archive; save the model's state_dict()");
  if (!records.members().contains(folder + "byteorder")) return std::nullopt;
  const auto order = records.read(folder + "byteorder");
  if (!order) return order.error();
  const auto bytes = order.value().bytes;
  if (std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()) != "little")
    return Error(Errc::unsupported, "expected little-endian tensors, got another byteorder");
  return std::nullopt;
}

Result<StateDict> read_records(const FileBytes& file) {
  auto opened = ZipRecords::open(file);
  if (!opened) return opened.error();
  ZipRecords& records = opened.value();
  const auto folder = find_folder(records);
  if (!folder) return folder.error();
  if (auto error = check_kind(records, folder.value())) return *error;
  const auto content = records.read(folder.value() + std::string(pickle_name));
  if (!content) return content.error();
  const auto read = pickle::read_pickle(content.value().bytes);
  if (!read) return read.error();
  const auto find = [&](const pickle::Storage& storage) -> Result<pickle::Record> {
    const auto record = records.read(folder.value() + "data/" + std::string(storage.key));
    if (!record) return record.error();
    return pickle::Record{record.value().bytes, record.value().owner};
  };
  return pickle::state_dict_of(read.value(), find, file.size * copies_per_byte);
}

Result<StateDict> read(const FileBytes& file) {
  auto dict = read_records(file);
  if (dict) return dict;
  return Error(dict.error().code(), std::string("pth: ") + dict.error().what());
}

}  // namespace

Format pth_zip_format() {
  return {"pth", matches, read};
}

}  // namespace fovea::model
