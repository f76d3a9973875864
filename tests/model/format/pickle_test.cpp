#include <gtest/gtest.h>

#include <memory>

#include "model/pickle/machine.h"
#include "support/pickle_bytes.h"

namespace fovea::model::pickle {
namespace {

using namespace fovea::test;

Result<Pickle> parse(const std::string& bytes) {
  // A copy of exactly the size, kept while the views into it are looked at.
  static FileBytes kept;
  kept = file_bytes(bytes);
  return read_pickle(kept.bytes());
}

struct Case {
  const char* what;
  std::string bytes;
  Errc code;
  const char* words;
};

std::string repeated(const std::string& part, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += part;
  return all;
}

std::vector<Case> calls() {
  const std::string ordered = global("collections", "OrderedDict") + ")R";
  return {
      {"os.system", pickled(global("os", "system") + tuple(text("touch canary")) + "R"), Errc::pickle_global,
       "os.system"},
      {"posix.system", pickled(global("posix", "system") + tuple(text("id")) + "R"), Errc::pickle_global,
       "posix.system"},
      {"builtins.eval", pickled(global("builtins", "eval") + tuple(text("1")) + "R"), Errc::pickle_global,
       "builtins.eval"},
      {"Python 2's eval", pickled(global("__builtin__", "eval") + ")R"), Errc::pickle_global, "__builtin__.eval"},
      {"subprocess.Popen", pickled(global("subprocess", "Popen") + ")R"), Errc::pickle_global, "subprocess.Popen"},
      {"getattr", pickled(global("builtins", "getattr") + ")R"), Errc::pickle_global, "builtins.getattr"},
      {"dotted name", pickled(global("torch", "serialization.os.system")), Errc::pickle_global,
       "torch.serialization.os.system"},
      {"dotted name below an allowed one", pickled(global("collections", "OrderedDict.__init__")), Errc::pickle_global,
       "collections.OrderedDict.__init__"},
      {"module split elsewhere", pickled(global("torch", "_utils._rebuild_tensor_v2")), Errc::pickle_global,
       "torch._utils._rebuild_tensor_v2"},
      {"look-alike module", pickled(global("torch._util", "_rebuild_tensor_v2")), Errc::pickle_global, "torch._util."},
      {"look-alike letter", pickled(global("torch._utils", "_rebuild_tensor_v\xd9\xa2")), Errc::pickle_global,
       "torch._utils"},
      {"longer name", pickled(global("torch._utils", "_rebuild_tensor_v22")), Errc::pickle_global, "_v22"},
      {"trailing space", pickled(global("collections ", "OrderedDict")), Errc::pickle_global, "collections "},
      {"torch.load", pickled(global("torch", "load")), Errc::pickle_global, "torch.load"},
      {"torch.hub.load", pickled(global("torch.hub", "load")), Errc::pickle_global, "torch.hub.load"},
      {"numpy scalar", pickled(global("numpy.core.multiarray", "scalar")), Errc::pickle_global, "numpy.core"},
      {"STACK_GLOBAL", pickled("\x8c\x02os\x8c\x06system\x93"), Errc::pickle_global, "os.system"},
      {"STACK_GLOBAL of integers", pickled("K\1K\2\x93"), Errc::corrupt, "STACK_GLOBAL"},
      {"escape codes in a name", pickled(global("os\x1b[2J", "system")), Errc::pickle_global, "\\x1b"},
      {"sparse", pickled(global("torch._utils", "_rebuild_sparse_tensor")), Errc::unsupported,
       "_rebuild_sparse_tensor"},
      {"quantized storage", pickled(global("torch", "QInt8Storage")), Errc::unsupported, "torch.QInt8Storage"},
      {"EXT1", pickled("\x82\1"), Errc::pickle_opcode, "EXT1"},
      {"EXT2", pickled(std::string("\x83\1\0", 3)), Errc::pickle_opcode, "EXT2"},
      {"EXT4", pickled(std::string("\x84\1\0\0\0", 5)), Errc::pickle_opcode, "EXT4"},
      {"INST", pickled("(ios\nsystem\n"), Errc::pickle_opcode, "byte 3, INST"},
      {"OBJ", pickled("(" + global("collections", "OrderedDict") + "o"), Errc::pickle_opcode, "OBJ"},
      {"NEWOBJ", pickled(global("collections", "OrderedDict") + ")\x81"), Errc::pickle_opcode, "NEWOBJ"},
      {"NEWOBJ_EX", pickled(global("collections", "OrderedDict") + ")}\x92"), Errc::pickle_opcode, "NEWOBJ_EX"},
      {"PERSID", pickled("Pstorage\n"), Errc::pickle_opcode, "PERSID"},
      {"BINPERSID of a string", pickled(text("storage") + "Q"), Errc::pickle_opcode, "BINPERSID"},
      {"BINPERSID of a module", pickled(tuple(text("module") + "NNNN") + "Q"), Errc::pickle_opcode, "'module'"},
      {"REDUCE of a string", pickled(text("os.system") + ")R"), Errc::pickle_opcode, "a string"},
      {"REDUCE of a storage's type", pickled(global("torch", "FloatStorage") + ")R"), Errc::pickle_opcode, "REDUCE"},
      {"REDUCE of a dict", pickled("})R"), Errc::pickle_opcode, "a dict"},
      {"BUILD on a tuple", pickled(")}b"), Errc::pickle_opcode, "a tuple"},
      {"BUILD on a plain dict", pickled("}}b"), Errc::pickle_opcode, "a dict"},
      {"BUILD on a function", pickled(global("collections", "OrderedDict") + "}b"), Errc::pickle_opcode, "a function"},
      {"BUILD on a tensor", pickled(tensor(storage("0", 4), integer(0), "K\4\x85", "K\1\x85") + "}b"),
       Errc::pickle_opcode, "a tensor"},
      {"BUILD with a tuple", pickled(ordered + ")b"), Errc::corrupt, "a dict of attributes"},
      {"protocol 0 INT", pickled("I1\n"), Errc::pickle_opcode, "INT"},
      {"DUP", pickled("N2"), Errc::pickle_opcode, "DUP"},
      {"POP", pickled("NN0"), Errc::pickle_opcode, "POP"},
      {"BINBYTES", pickled(std::string("B\0\0\0\0", 5)), Errc::pickle_opcode, "BINBYTES"},
      {"EMPTY_SET", pickled("\x8f"), Errc::pickle_opcode, "EMPTY_SET"},
      {"BYTEARRAY8", pickled("\x96" + std::string(8, '\0')), Errc::pickle_opcode, "BYTEARRAY8"},
      {"NEXT_BUFFER", pickled("\x97"), Errc::pickle_opcode, "NEXT_BUFFER"},
      {"no opcode", pickled("\xff"), Errc::pickle_opcode, "opcode 255"},
  };
}

std::vector<Case> broken() {
  const std::string huge = "\xff\xff\xff\xff";
  return {
      {"nothing", "", Errc::truncated, "byte 0"},
      {"no PROTO", "N.", Errc::corrupt, "PROTO"},
      {"PROTO twice", pickled("\x80\x02N"), Errc::corrupt, "PROTO"},
      {"protocol 1", "\x80\x01N.", Errc::unsupported, "protocol 2 to 5"},
      {"protocol 6", "\x80\x06N.", Errc::unsupported, "protocol 2 to 5"},
      {"missing STOP", "\x80\x02N", Errc::truncated, "byte 3"},
      {"STOP on an empty stack", pickled(""), Errc::corrupt, "got 0"},
      {"STOP with two values", pickled("NN"), Errc::corrupt, "got 2"},
      {"STOP with an open mark", pickled("N("), Errc::corrupt, "open mark"},
      {"memo index 2^32-1", pickled("Nr" + huge), Errc::corrupt, "4294967295"},
      {"memo index above the pickle's size", pickled("Nq\x7f"), Errc::corrupt, "127"},
      {"memo put without a value", pickled("q\1"), Errc::corrupt, "on the stack"},
      {"memo hole", pickled("Nq\5h\4"), Errc::corrupt, "got 4"},
      {"memo never written", pickled("h\1"), Errc::corrupt, "got 1"},
      {"long memo get", pickled("j" + huge), Errc::corrupt, "4294967295"},
      {"MEMOIZE without a value", pickled("\x94"), Errc::corrupt, "on the stack"},
      {"tuple without a mark", pickled("t"), Errc::corrupt, "a mark"},
      {"tuple of more than there is", pickled("N\x86"), Errc::corrupt, "on the stack"},
      {"reach below a mark", pickled("NN(N\x87"), Errc::corrupt, "on the stack"},
      {"append to a dict", pickled("}Na"), Errc::corrupt, "a list"},
      {"append to nothing", pickled("Na"), Errc::corrupt, "on the stack"},
      {"items of a list", pickled("](NNu"), Errc::corrupt, "a dict"},
      {"odd items", pickled("}(NNNu"), Errc::corrupt, "odd"},
      {"4 GiB of text", pickled("X" + huge + "abc"), Errc::truncated, "4294967295"},
      {"2^64-1 of text", pickled("\x8d" + huge + huge), Errc::truncated, "18446744073709551615"},
      {"frame beyond the end", pickled("\x95" + huge + huge), Errc::truncated, "frame"},
      {"LONG4 of 2^31 - 1", pickled("\x8b\xff\xff\xff\x7f"), Errc::limit_metadata, "2147483647"},
      {"LONG4 of -2^31", pickled(std::string("\x8b\0\0\0\x80", 5)), Errc::corrupt, "-2147483648"},
      {"negative text length", pickled("T" + huge), Errc::corrupt, "-1"},
      {"integer cut short", "\x80\x02J\1\2", Errc::truncated, "byte 2"},
      {"name without an end",
       "\x80\x02"
       "cos",
       Errc::truncated, "GLOBAL"},
      {"name of 1 MB", pickled("c" + std::string(1'000'000, 'a')), Errc::corrupt, "256"},
      {"a million nested tuples", pickled(")" + repeated("\x85", 1'000'000)), Errc::limit_metadata, "nesting"},
      {"a million marks", pickled(std::string(1'000'000, '(')), Errc::limit_metadata, "nesting"},
      {"a million nested lists", pickled(repeated("](", 1'000'000)), Errc::limit_metadata, "nesting"},
      {"a list within itself, often", pickled("]q\1" + repeated("h\1a", 200)), Errc::limit_metadata, "nesting"},
      {"two million values", pickled("(" + std::string(2'000'000, 'N') + "t"), Errc::limit_metadata, "1048576"},
      {"one value two million times", pickled("Nq\1(" + repeated("h\1", 2'000'000) + "t"), Errc::limit_metadata,
       "stack"},
      {"shared list copied often",
       pickled("](" + repeated(")", 4) + "eq\1" + global("collections", "OrderedDict") + "h\1\x85R"), Errc::corrupt,
       "pair"},
      {"OrderedDict of a tuple", pickled(global("collections", "OrderedDict") + ")\x85R"), Errc::corrupt,
       "a list of pairs"},
      {"OrderedDict of three", pickled(global("collections", "OrderedDict") + "NNN\x87R"), Errc::corrupt, "got 3"},
      {"tensor of no storage", pickled(tensor("N", "N", ")", ")")), Errc::corrupt, "a storage"},
      {"tensor of a float offset", pickled(tensor(storage("0", 1), "G" + std::string(8, '\0'), ")", ")")),
       Errc::corrupt, "a float"},
      {"tensor of too few arguments", pickled(global("torch._utils", "_rebuild_tensor_v2") + ")R"), Errc::corrupt,
       "got 0"},
      {"strides and shape differ", pickled(tensor(storage("0", 1), integer(0), tuple(integer(1)), ")")),
       Errc::tensor_size, "strides"},
      {"seventeen axes", pickled(tensor(storage("0", 1), integer(0), tuple(repeated(integer(1), 17)), ")")),
       Errc::tensor_size, "16 axes"},
      {"extent beyond 64 bits",
       pickled(tensor(storage("0", 1), integer(0), tuple("\x8a\x09" + std::string(9, '\1')), ")")), Errc::corrupt,
       "a big integer"},
      {"storage of -1 elements", pickled(storage("0", -1)), Errc::tensor_size, "-1"},
      {"storage with an integer key",
       pickled(tuple(text("storage") + global("torch", "FloatStorage") + "K\1NK\1") + "Q"), Errc::corrupt, "key"},
      {"storage of a function", pickled(tuple(text("storage") + global("collections", "OrderedDict") + "NNN") + "Q"),
       Errc::corrupt, "type"},
      {"view beyond its storage",
       pickled(tuple(text("storage") + global("torch", "FloatStorage") + text("0") + text("cpu") + integer(4) +
                     tuple(text("v") + integer(2) + integer(3))) +
               "Q"),
       Errc::tensor_size, "view"},
      {"parameter of a dict", pickled(global("torch._utils", "_rebuild_parameter") + "}NN\x87R"), Errc::corrupt,
       "a tensor"},
  };
}

void expect_refused(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const auto result = parse(c.bytes);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), c.code) << result.error().what();
    EXPECT_NE(std::string(result.error().what()).find(c.words), std::string::npos) << result.error().what();
    EXPECT_LT(std::string(result.error().what()).size(), 400u);
  }
}

TEST(Pickle, RefusesWhateverIsNotPlainData) {
  expect_refused(calls());
}

TEST(Pickle, RefusesBrokenOnes) {
  expect_refused(broken());
}

TEST(Pickle, ItemsOfAllContainersAreBounded) {
  // Lists of one value many times over: the count of items in containers stops them.
  const std::string pair = "h\2", list = "](" + std::string(")q\2") + repeated(pair, 900'000) + "eq\1";
  std::string many = list;
  for (int i = 0; i < 8; ++i) many += "]q\3(" + repeated(pair, 900'000) + "e";
  const auto result = parse(pickled("(" + many + "t"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), Errc::limit_metadata) << result.error().what();
}

TEST(Pickle, LimitOfBytes) {
  Limits limits;
  limits.bytes = 100;
  const std::string bytes = pickled(text(std::string(200, 'x')));
  const auto result = read_pickle(file_bytes(bytes).bytes(), limits);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), Errc::limit_metadata);
}

template <class T>
T value_of(const std::string& body) {
  const auto result = parse(pickled(body));
  EXPECT_TRUE(result) << result.error().what();
  const T* value = result.value().get_if<T>(result.value().root);
  EXPECT_NE(value, nullptr) << kind(result.value()[result.value().root]);
  return *value;
}

TEST(Pickle, PlainValues) {
  EXPECT_EQ(value_of<std::int64_t>("K\xff"), 255);
  EXPECT_EQ(value_of<std::int64_t>("M\x34\x12"), 0x1234);
  EXPECT_EQ(value_of<std::int64_t>("J\xfe\xff\xff\xff"), -2);
  EXPECT_EQ(value_of<std::int64_t>(std::string("\x8a\0", 2)), 0);
  EXPECT_EQ(value_of<std::int64_t>("\x8a\1\xff"), -1);
  EXPECT_EQ(value_of<std::int64_t>(std::string("\x8a\2\xff\0", 4)), 255);
  EXPECT_EQ(value_of<std::int64_t>(integer(INT64_MIN)), INT64_MIN);
  EXPECT_EQ(value_of<double>("G\x40\x09\x21\xfb\x54\x44\x2d\x18"), 3.141592653589793);
  EXPECT_EQ(value_of<bool>("\x88"), true);
  EXPECT_EQ(value_of<bool>("\x89"), false);
  EXPECT_EQ(value_of<std::string_view>(text("h\xc3\xa9")), "h\xc3\xa9");
  EXPECT_EQ(value_of<std::string_view>("U\3abc"), "abc");
  EXPECT_EQ(value_of<Tuple>("NNN\x87").items.size(), 3u);
  EXPECT_EQ(value_of<List>("](NNe").items.size(), 2u);
  EXPECT_EQ(value_of<List>("]Na").items.size(), 1u);
  EXPECT_EQ(value_of<Dict>("}(NNNNu").items.size(), 2u);
  EXPECT_EQ(value_of<Dict>("}NNs").items.size(), 1u);
  EXPECT_TRUE(value_of<Dict>(global("collections", "OrderedDict") + ")R}b").ordered);
  EXPECT_EQ(value_of<Dict>(global("collections", "OrderedDict") + "](NN\x86]NaNae\x85R").items.size(), 2u);
}

TEST(Pickle, TensorsAndMemo) {
  const auto tensor_read = value_of<Tensor>(tensor(storage("7", 10, "HalfStorage"), integer(2),
                                                   tuple(integer(2) + integer(3)), tuple(integer(3) + integer(1))));
  EXPECT_EQ(tensor_read.offset, 2);
  EXPECT_EQ(tensor_read.shape, (Shape{2, 3}));
  EXPECT_EQ(tensor_read.strides, (Shape{3, 1}));
  const auto storage_read = value_of<Storage>(storage("7", 10, "HalfStorage"));
  EXPECT_EQ(storage_read.dtype, DType::f16);
  EXPECT_EQ(storage_read.key, "7");
  EXPECT_EQ(storage_read.record_elements, 10);
  const auto shared = value_of<Tuple>("]q\1h\1\x86").items;
  EXPECT_EQ(shared[0], shared[1]);
  const auto numbered = value_of<Tuple>("K\1\x94K\2\x94h\1\x87").items;  // MEMOIZE numbers from 0
  EXPECT_EQ(numbered[1], numbered[2]);
}

TEST(Pickle, TellsWhereItEnds) {
  const auto result = parse(pickled("N") + "more");
  ASSERT_TRUE(result);
  EXPECT_EQ(result.value().size, 4u);
}

}  // namespace
}  // namespace fovea::model::pickle
