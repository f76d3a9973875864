#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "base/byte_reader.h"
#include "base/checked.h"
#include "model/format/format.h"
#include "model/pickle/machine.h"
#include "model/pickle/state_dict.h"
#include "model/tensor_bytes.h"

// torch.save before 1.6: pickles of the magic number, the protocol, the writer's machine and the object, then a pickled
// list of storage keys and, for each key, the count of its elements (i64) and their bytes.
namespace fovea::model {
namespace {

using namespace pickle;

constexpr std::array<unsigned char, 10> magic{0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};
constexpr std::int64_t protocol_version = 1001;
constexpr std::size_t magic_within = 32;
constexpr std::uint64_t copies_per_byte = 8;

bool is_magic(std::span<const std::byte> bytes) {
  return std::ranges::equal(bytes, magic, {}, [](std::byte b) { return std::to_integer<unsigned char>(b); });
}

bool is_tar(std::span<const std::byte> bytes) {
  constexpr std::size_t where = 257;
  constexpr std::string_view ustar = "ustar";
  return bytes.size() >= where + ustar.size() &&
         std::string_view(reinterpret_cast<const char*>(bytes.data() + where), ustar.size()) == ustar;
}

bool matches(std::span<const std::byte> bytes) {
  if (is_tar(bytes)) return true;
  if (bytes.empty() || bytes[0] != std::byte{0x80}) return false;
  for (std::size_t at = 1; at + magic.size() <= std::min(bytes.size(), magic_within); ++at)
    if (is_magic(bytes.subspan(at, magic.size()))) return true;
  return false;
}

class LegacyFile {
 public:
  explicit LegacyFile(const FileBytes& file) : file_(file) {}

  Result<StateDict> read() {
    if (is_tar(file_.bytes()))
      return Error(Errc::unsupported,
                   "expected a zip or pickle file of torch.save, got the tar format of torch before "
                   "0.1.10; load and save it again with a newer torch");
    check_start();
    const Pickle object = next();
    const auto storages = storages_of(object);
    read_storages(storages);
    const auto find = [this](const Storage& storage) -> Result<Record> {
      const auto found = records_.find(storage.key);
      if (found != records_.end()) return found->second;
      return Error(Errc::corrupt, "expected a storage " + shown(storage.key) + ", got none of that key");
    };
    return state_dict_of(object, find, file_.size * copies_per_byte);
  }

 private:
  using Storages = std::map<std::string_view, const Storage*>;

  Pickle next() {
    auto result = read_pickle(file_.bytes().subspan(at_));
    if (!result) throw result.error();
    at_ += result.value().size;
    return std::move(result).value();
  }

  void check_start() {
    const Pickle number = next();
    const auto* big = number.get_if<BigInteger>(number.root);
    if (big == nullptr || !is_magic(big->little_endian))
      throw Error(Errc::corrupt, "expected the magic number, got another value");
    const Pickle version = next();
    const auto* value = version.get_if<std::int64_t>(version.root);
    if (value == nullptr || *value != protocol_version)
      throw Error(Errc::unsupported, "expected protocol 1001, got another");
    check_machine(next());
  }

  static void check_machine(const Pickle& machine) {
    const Dict* facts = machine.get_if<Dict>(machine.root);
    if (facts == nullptr) throw Error(Errc::corrupt, "expected a dict about the writer's machine, got another value");
    for (const auto& [key, value] : facts->items) {
      const auto* name = machine.get_if<std::string_view>(key);
      const bool* little = machine.get_if<bool>(value);
      if (name == nullptr || *name != "little_endian") continue;
      if (little == nullptr || !*little)
        throw Error(Errc::unsupported, "expected little-endian tensors, got big-endian ones");
      return;
    }
    throw Error(Errc::corrupt, "expected little_endian among the facts of the writer's machine, got none");
  }

  static Storages storages_of(const Pickle& object) {
    Storages storages;
    for (const Object& entry : object.objects) {
      const auto* storage = std::get_if<Storage>(&entry.value);
      if (storage == nullptr) continue;
      const Storage& first = *storages.emplace(storage->key, storage).first->second;
      if (first.dtype != storage->dtype || first.record_elements != storage->record_elements)
        throw Error(Errc::corrupt,
                    "storage " + shown(storage->key) + ": expected one type and size, got two that disagree");
    }
    return storages;
  }

  void read_storages(const Storages& storages) {
    keys_ = next();
    const List* keys = keys_.get_if<List>(keys_.root);
    if (keys == nullptr) throw Error(Errc::corrupt, "expected a list of storage keys, got another value");
    ByteReader reader(file_.bytes().subspan(at_));
    for (Id id : keys->items) {
      const auto* key = keys_.get_if<std::string_view>(id);
      const auto known = key == nullptr ? storages.end() : storages.find(*key);
      if (known == storages.end()) throw Error(Errc::corrupt, "expected keys of storages in use, got another key");
      read_storage(reader, *known->second);
    }
    if (at_ + reader.position() != file_.size)
      throw Error(Errc::corrupt, "expected the end of the file after the storages, got more bytes");
  }

  void read_storage(ByteReader& reader, const Storage& storage) {
    const auto elements = reader.number<std::int64_t>();
    if (elements != storage.record_elements)
      throw Error(Errc::tensor_size, "storage " + shown(storage.key) + ": expected " +
                                         std::to_string(storage.record_elements) + " elements, got " +
                                         std::to_string(elements));
    const auto bytes = checked_multiply(static_cast<std::uint64_t>(elements), std::uint64_t{size_of(storage.dtype)});
    if (!bytes) throw Error(Errc::tensor_size, "storage " + shown(storage.key) + ": expected less than 2^64 bytes");
    if (!records_.emplace(storage.key, Record{reader.take(*bytes), file_.data}).second)
      throw Error(Errc::corrupt, "expected each storage once, got " + shown(storage.key) + " twice");
  }

  const FileBytes& file_;
  std::size_t at_ = 0;
  Pickle keys_;
  std::map<std::string_view, Record> records_;
};

Result<StateDict> read(const FileBytes& file) {
  const auto located = [](const Error& error) {
    return Error(error.code(), std::string("pth (legacy): ") + error.what());
  };
  try {
    auto dict = LegacyFile(file).read();
    if (!dict) return located(dict.error());
    return dict;
  } catch (const Error& error) {
    return located(error);
  }
}

}  // namespace

Format pth_legacy_format() {
  return {"pth (legacy)", matches, read};
}

}  // namespace fovea::model
