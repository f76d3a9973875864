#include <gtest/gtest.h>

#include "model/format/format.h"
#include "support/pickle_bytes.h"
#include "support/zip_writer.h"

namespace fovea {
namespace {

using namespace test;

constexpr Errc fine = Errc::nothing_to_do;  // stands for success in the tables

std::string floats(std::size_t count) {
  return std::string(4 * count, '\0');
}

std::string shape(std::initializer_list<std::int64_t> extents) {
  std::string items;
  for (std::int64_t extent : extents) items += integer(extent);
  return tuple(items);
}

std::string zip_with(const std::string& object, const std::vector<ZipEntry>& more = {}) {
  std::vector<ZipEntry> entries{{"a/data.pkl", pickled(object)}, {"a/data/0", floats(6)}};
  entries.insert(entries.end(), more.begin(), more.end());
  return zip_of(entries);
}

std::string legacy_start(const std::string& facts = text("little_endian") + "\x88") {
  return pickled("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19") + pickled("M\xe9\x03") + pickled(dict(facts));
}

std::string legacy_with(const std::string& object) {
  if (object.find("storage") == object.npos) return legacy_start() + pickled(object) + pickled("]");
  return legacy_start() + pickled(object) + pickled("](" + text("0") + "e") + little_endian<std::int64_t>(6) +
         floats(6);
}

std::string one_tensor(std::int64_t offset, const std::string& extents, const std::string& strides,
                       std::int64_t elements = 6) {
  return dict(text("w") + tensor(storage("0", elements), integer(offset), extents, strides));
}
const std::string good = one_tensor(0, shape({2, 3}), shape({3, 1}));

struct Case {
  const char* what;
  std::string bytes;
  Errc code;
  const char* words = "";
};

void check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const auto dict = model::parse_state_dict(file_bytes(c.bytes));
    if (c.code == fine) {
      EXPECT_TRUE(dict) << dict.error().what();
      continue;
    }
    ASSERT_FALSE(dict);
    EXPECT_EQ(dict.error().code(), c.code) << dict.error().what();
    EXPECT_NE(std::string(dict.error().what()).find(c.words), std::string::npos) << dict.error().what();
  }
}

TEST(TorchFile, TensorsMustLieWithinTheirStorage) {
  const std::int64_t big = INT64_MAX;
  struct Layout {
    const char* what;
    std::string object;
    Errc code;
  };
  const std::vector<Layout> layouts{
      {"all", good, fine},
      {"end of the storage", one_tensor(5, shape({1}), shape({1})), fine},
      {"nothing at its end", one_tensor(6, shape({0}), shape({1})), fine},
      {"transposed", one_tensor(0, shape({3, 2}), shape({1, 3})), fine},
      {"expanded within", one_tensor(0, shape({2, 3}), shape({0, 1})), fine},
      {"one beyond", one_tensor(1, shape({2, 3}), shape({3, 1})), Errc::tensor_size},
      {"offset beyond", one_tensor(6, shape({1}), shape({1})), Errc::tensor_size},
      {"offset beyond, no elements", one_tensor(7, shape({0}), shape({1})), Errc::tensor_size},
      {"negative offset", one_tensor(-1, shape({1}), shape({1})), Errc::tensor_size},
      {"least offset", one_tensor(INT64_MIN, shape({1}), shape({1})), Errc::tensor_size},
      {"greatest offset", one_tensor(big, shape({2}), shape({1})), Errc::tensor_size},
      {"negative stride", one_tensor(5, shape({3}), shape({-1})), Errc::tensor_size},
      {"negative stride of no elements", one_tensor(0, shape({0}), shape({-1})), Errc::tensor_size},
      {"stride beyond", one_tensor(0, shape({2}), shape({6})), Errc::tensor_size},
      {"stride that overflows", one_tensor(0, shape({3}), shape({big})), Errc::tensor_size},
      {"sum that overflows", one_tensor(0, shape({2, 2}), shape({big, big})), Errc::tensor_size},
      {"expanded to a huge view", one_tensor(0, shape({1 << 30}), shape({0})), Errc::tensor_size},
      {"expanded to an impossible view", one_tensor(0, shape({1LL << 40, 1LL << 40}), shape({0, 0})),
       Errc::tensor_size},
      {"one element more by expanding", one_tensor(0, shape({7}), shape({0})), Errc::tensor_size},
      {"negative extent", one_tensor(0, shape({-1}), shape({1})), Errc::tensor_size},
      {"two negative extents", one_tensor(0, shape({-2, -3}), shape({3, 1})), Errc::tensor_size},
      {"huge extent beside a zero", one_tensor(0, shape({big, 0}), shape({1, 1})), Errc::tensor_size},
  };
  for (const Layout& layout : layouts) {
    SCOPED_TRACE(layout.what);
    check({{"zip", zip_with(layout.object), layout.code, "tensor 'w'"},
           {"legacy", legacy_with(layout.object), layout.code, "tensor 'w'"}});
  }
}

TEST(TorchFile, StridesReadTheRightElements) {
  std::string record;
  for (int i = 0; i < 6; ++i) record += little_endian(static_cast<std::int32_t>(10 + i));
  const std::string object =
      dict(text("w") + tensor(storage("0", 6, "IntStorage"), integer(1), shape({2, 2}), shape({1, 2})));
  const auto dict = model::parse_state_dict(file_bytes(zip_of({{"data.pkl", pickled(object)}, {"data/0", record}})));
  ASSERT_TRUE(dict) << dict.error().what();
  const auto got = dict.value().tensors.at("w").span<std::int32_t>();
  EXPECT_EQ(std::vector<std::int32_t>(got.begin(), got.end()), (std::vector<std::int32_t>{11, 13, 12, 14}));
}

// Each copy is no larger than the storage; together they would be far larger than the file.
TEST(TorchFile, OverlappingCopiesAreBounded) {
  std::string items;
  for (int i = 0; i < 2000; ++i)
    items += text("t" + std::to_string(i)) + "h\1(" + "h\2" + integer(0) + shape({100, 100}) + shape({1, 100}) +
             "\x89Nt" + "R";
  const std::string object =
      global("torch._utils", "_rebuild_tensor_v2") + "q\1" + storage("0", 10'000) + "q\2" + dict(items) + "\x87";
  const std::string wrapped = dict(text("state_dict") + dict(items));
  const std::string prelude = dict(text("x") + global("torch._utils", "_rebuild_tensor_v2") + "q\1" + text("y") +
                                   storage("0", 10'000) + "q\2" + text("state_dict") + dict(items));
  check({{"not a dict", zip_of({{"data.pkl", pickled(object)}, {"data/0", floats(10'000)}}), Errc::model_format,
          "a tuple"},
         {"no memo", zip_of({{"data.pkl", pickled(wrapped)}, {"data/0", floats(10'000)}}), Errc::corrupt, "memo"},
         {"copies", zip_of({{"data.pkl", pickled(prelude)}, {"data/0", floats(10'000)}}), Errc::limit_memory,
          "overlap"}});
}

TEST(TorchFile, HostileZips) {
  const std::string data = pickled(good);
  const ZipEntry object{"a/data.pkl", data}, record{"a/data/0", floats(6)};
  const auto with = [&](ZipEntry entry) { return zip_of({object, record, std::move(entry)}); };
  ZipEntry lie = record;
  lie.declared_size = lie.declared_packed_size = 4'000'000'000;
  ZipEntry bomb{"a/bomb", "x", 8};
  bomb.declared_size = 4'000'000'000;
  ZipEntry garbage{"a/data/0", "not deflated at all", 8};
  garbage.declared_size = 24;
  ZipEntry two_sizes = record;
  two_sizes.declared_size = 23;
  ZipEntry beyond = record;
  beyond.declared_offset = 4'000'000'000;
  ZipEntry elsewhere = record;
  elsewhere.declared_offset = 1;
  ZipEntry renamed = record;
  renamed.local_name = "a/data/1";
  ZipEntry encrypted = record;
  encrypted.flags = 1;
  ZipEntry twin{"a/twin", floats(1)};
  twin.declared_offset = 0;
  twin.local_name = "a/data.pkl";
  check({
      {"plain", zip_of({object, record}), fine},
      {"without a folder", zip_of({{"data.pkl", data}, {"data/0", floats(6)}}), fine},
      {"deep folder", zip_of({{"a/b/c/data.pkl", data}, {"a/b/c/data/0", floats(6)}}), fine},
      {"little-endian", with({"a/byteorder", "little"}), fine},
      {"big-endian", with({"a/byteorder", "big"}), Errc::unsupported, "little-endian"},
      {"TorchScript constants", with({"a/constants.pkl", "x"}), Errc::unsupported, "TorchScript"},
      {"TorchScript code", with({"a/code/__torch__.py", "x"}), Errc::unsupported, "TorchScript"},
      {"no members", zip_of({}), Errc::model_format, "data.pkl"},
      {"no data.pkl", zip_of({record}), Errc::model_format, "data.pkl"},
      {"data.pkl twice", zip_of({object, object, record}), Errc::corrupt, "twice"},
      {"two data.pkl", zip_of({object, record, {"b/data.pkl", data}}), Errc::corrupt, "got 2"},
      {"record twice", zip_of({object, record, record}), Errc::corrupt, "twice"},
      {"record missing", zip_of({object}), Errc::corrupt, "'a/data/0'"},
      {"record in another folder", zip_of({object, {"b/data/0", floats(6)}}), Errc::corrupt, "'a/data/0'"},
      {"record too short", zip_of({object, {"a/data/0", floats(5)}}), Errc::tensor_size, "20 bytes"},
      {"record too long", zip_of({object, {"a/data/0", floats(7)}}), Errc::tensor_size, "28 bytes"},
      {"key that climbs",
       zip_with(dict(text("w") + tensor(storage("../../etc/passwd", 6), integer(0), shape({6}), shape({1})))),
       Errc::corrupt, "none of that name"},
      {"name that climbs", with({"../data.pkl", "x"}), Errc::corrupt, "relative names"},
      {"name that climbs inside", with({"a/../data.pkl", "x"}), Errc::corrupt, "relative names"},
      {"absolute name", with({"/data.pkl", "x"}), Errc::corrupt, "relative names"},
      {"back slash", with({"a\\..\\x", "x"}), Errc::corrupt, "relative names"},
      {"zero byte in a name", with({std::string("a/data.pkl\0", 11), "x"}), Errc::corrupt, "relative names"},
      {"empty name", with({"", "x"}), Errc::corrupt, "relative names"},
      {"encrypted", zip_of({object, encrypted}), Errc::unsupported, "encrypted"},
      {"another method", with({"a/x", "x", 14}), Errc::unsupported, "method 14"},
      {"declared too large", zip_of({object, lie}), Errc::corrupt, "before the directory"},
      {"bomb", zip_of({object, record, bomb}), Errc::limit_bytes, "200 times"},
      {"not deflated", zip_of({object, garbage}), Errc::corrupt, "deflated"},
      {"two sizes", zip_of({object, two_sizes}), Errc::corrupt, "one size"},
      {"offset beyond the file", zip_of({object, beyond}), Errc::corrupt, "offsets within"},
      {"offset to no header", zip_of({object, elsewhere}), Errc::corrupt, "local header"},
      {"another local name", zip_of({object, renamed}), Errc::corrupt, "agree"},
      {"more members than the directory", zip_of({object, record}, 3), Errc::corrupt},
      {"fewer members than the directory", zip_of({object, record}, 1), Errc::corrupt, "entries only"},
      {"65,535 members", zip_of({object, record}, 65535), Errc::corrupt},
      {"trailing bytes", zip_of({object, record}) + "x", Errc::truncated, "directory"},
  });
}

TEST(TorchFile, MembersMayNotShareBytes) {
  const ZipEntry object{"a/data.pkl", pickled(good)};
  const std::string whole = zip_of({object, {"a/data/0", floats(6)}});
  std::string nested = zip_of({{"a/data/1", floats(6)}}).substr(0, 38 + 24);  // a local header and its bytes
  ZipEntry outer{"a/data/0", nested};
  ZipEntry inner{"a/data/1", floats(6)};
  const std::size_t inside = 30 + object.name.size() + object.content.size() + 30 + outer.name.size();
  inner.declared_offset = static_cast<std::int64_t>(inside);
  check({{"overlap", zip_of({object, outer, inner}), Errc::corrupt, "overlap"}, {"apart", whole, fine}});
}

TEST(TorchFile, HostilePicklesInBothContainers) {
  const std::string run = global("os", "system") + tuple(text("touch canary")) + "R";
  for (const auto& [object, code, words] : std::vector<std::tuple<std::string, Errc, const char*>>{
           {run, Errc::pickle_global, "os.system"},
           {dict(text("w") + run), Errc::pickle_global, "os.system"},
           {"\x82\1", Errc::pickle_opcode, "EXT1"},
           {"N", Errc::model_format, "None"},
           {"}", Errc::model_format, "without any"},
           {dict(text("state_dict") + dict(text("epoch") + integer(3))), Errc::model_format, "without any"},
           {dict(text("w") + tensor(storage("0", 6), integer(0), shape({6}), shape({1})) + text("w") +
                 tensor(storage("0", 6), integer(0), shape({6}), shape({1}))),
            Errc::corrupt, "twice"}})
    check({{words, zip_with(object), code, words}, {words, legacy_with(object), code, words}});
}

TEST(TorchFile, HostileLegacyFiles) {
  const std::string object = pickled(good), keys = pickled("](" + text("0") + "e"),
                    six = little_endian<std::int64_t>(6);
  const std::string start = legacy_start();
  const std::string another = dict(text("v") + tensor(storage("0", 6), integer(0), shape({6}), shape({1})) + text("w") +
                                   tensor(storage("0", 5), integer(0), shape({5}), shape({1})));
  check({
      {"plain", start + object + keys + six + floats(6), fine},
      {"big-endian", legacy_start(text("little_endian") + "\x89") + object + keys + six + floats(6), Errc::unsupported,
       "big-endian"},
      {"no word of the order", legacy_start(text("x") + "\x88") + object + keys + six + floats(6), Errc::corrupt,
       "little_endian"},
      {"another protocol", pickled("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19") + pickled("M\xe8\x03"),
       Errc::unsupported, "1001"},
      {"another magic within a tuple", pickled("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x85") + start,
       Errc::corrupt, "magic"},
      {"keys in a tuple", start + object + pickled(")") + six + floats(6), Errc::corrupt, "a list"},
      {"a key of no storage", start + object + pickled("](" + text("1") + "e") + six + floats(6), Errc::corrupt,
       "another key"},
      {"a key that is a number", start + object + pickled("](K\1e") + six + floats(6), Errc::corrupt, "another key"},
      {"key twice", start + object + pickled("](" + text("0") + text("0") + "e") + six + floats(6) + six + floats(6),
       Errc::corrupt, "twice"},
      {"key missing", start + object + pickled("]"), Errc::corrupt, "storage '0'"},
      {"another count", start + object + keys + little_endian<std::int64_t>(7) + floats(7), Errc::tensor_size, "got 7"},
      {"negative count", start + object + keys + little_endian<std::int64_t>(-6) + floats(6), Errc::tensor_size, "-6"},
      {"bytes missing", start + object + keys + six + floats(5), Errc::truncated, "24"},
      {"bytes left", start + object + keys + six + floats(7), Errc::corrupt, "more bytes"},
      {"huge storage",
       start + pickled(one_tensor(0, shape({1}), shape({1}), INT64_MAX)) + keys + little_endian(INT64_MAX),
       Errc::tensor_size, "2^64"},
      {"one storage of two sizes", start + pickled(another) + keys + six + floats(6), Errc::corrupt, "disagree"},
      {"tar", std::string(257, 'x') + "ustar" + std::string(300, '\0'), Errc::unsupported, "tar format"},
  });
}

}  // namespace
}  // namespace fovea
