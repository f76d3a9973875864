#include "array/npy_header.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "array/npy_dictionary.h"
#include "array/shape.h"
#include "base/text.h"

namespace fovea {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t longest_header = 10000;  // NumPy's own bound
constexpr std::size_t alignment = 64;

struct TypeCode {
  std::string_view code;
  DType dtype;
};
constexpr std::array<TypeCode, 12> type_codes{{{"b1", DType::boolean},
                                               {"u1", DType::u8},
                                               {"i1", DType::i8},
                                               {"u2", DType::u16},
                                               {"i2", DType::i16},
                                               {"i4", DType::i32},
                                               {"i8", DType::i64},
                                               {"f2", DType::f16},
                                               {"f4", DType::f32},
                                               {"f8", DType::f64},
                                               {"c8", DType::c64},
                                               {"c16", DType::c128}}};

Result<NpyHeader> with_type(const std::string& descr, NpyHeader header) {
  const std::string_view text = descr;
  const bool ordered = !text.empty() && std::string_view("<>|=").find(text.front()) != std::string_view::npos;
  const std::string_view code = text.substr(ordered ? 1 : 0);
  if (code.starts_with('O'))
    return Error(
        Errc::unsupported,
        "npy header: expected numbers, got Python objects: these are pickles, which are not read; save the array "
        "as f32");
  const auto* found =
      std::find_if(type_codes.begin(), type_codes.end(), [&](const TypeCode& t) { return t.code == code; });
  if (found == type_codes.end() || !ordered)
    return Error(Errc::unsupported,
                 "npy header: expected bool, u8, i8, u16, i16, i32, i64, f16, f32, f64, c64 or c128, got '" +
                     escaped(text.substr(0, 40)) + "'");
  header.dtype = found->dtype;
  if (text.front() == '|' && size_of(header.dtype) > 1)
    return Error(Errc::corrupt, "npy header: expected a byte order, got '" + escaped(text.substr(0, 40)) + "'");
  header.swapped = text.front() == '>' && size_of(header.dtype) > 1;
  return header;
}

}  // namespace

Result<std::size_t> npy_preamble_bytes(std::span<const std::byte> file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(text[i])); };
  if (text.empty()) return Error(Errc::empty, "npy: expected an array, got an empty file");
  if (text.substr(0, magic.size()) != magic.substr(0, text.size()))
    return Error(Errc::unknown_format, "npy: expected the bytes \\x93NUMPY at the start, got others");
  if (text.size() < 10)
    return Error(Errc::truncated, "npy: expected at least 10 bytes, got " + std::to_string(text.size()));
  const std::size_t major = byte(6), minor = byte(7);
  if (major < 1 || major > 3 || minor != 0)
    return Error(Errc::unsupported,
                 "npy: expected version 1.0, 2.0 or 3.0, got " + std::to_string(major) + "." + std::to_string(minor));
  const std::size_t start = major == 1 ? 10 : 12;
  if (text.size() < start)
    return Error(Errc::truncated, "npy: expected at least 12 bytes, got " + std::to_string(text.size()));
  std::size_t length = byte(8) | byte(9) << 8;
  if (major > 1) length |= byte(10) << 16 | byte(11) << 24;
  if (length > longest_header)
    return Error(Errc::limit_metadata, "npy: expected a header of at most " + std::to_string(longest_header) +
                                           " bytes, got " + std::to_string(length));
  return start + length;
}

Result<NpyHeader> parse_npy_header(std::span<const std::byte> file) {
  const Result<std::size_t> end = npy_preamble_bytes(file);
  if (!end) return end.error();
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  const std::size_t start = text[6] == 1 ? 10 : 12, length = end.value() - start;
  if (text.size() - start < length)
    return Error(Errc::truncated, "npy: expected a header of " + std::to_string(length) + " bytes, got " +
                                      std::to_string(text.size() - start));
  const Result<NpyDictionary> dictionary = parse_npy_dictionary(text.substr(start, length));
  if (!dictionary) return dictionary.error();

  NpyHeader header;
  header.fortran = dictionary.value().fortran;
  header.shape = dictionary.value().shape;
  header.data_offset = start + length;
  Result<NpyHeader> typed = with_type(dictionary.value().descr, std::move(header));
  if (!typed) return typed;
  const auto bytes = bytes_of(typed.value().shape, typed.value().dtype);
  if (!bytes)
    return Error(Errc::corrupt,
                 "npy header: expected a shape of less than 2^63 bytes, got " + to_string(typed.value().shape));
  typed.value().data_bytes = *bytes;
  return typed;
}

std::string format_npy_header(DType dtype, const Shape& shape, std::size_t total) {
  const auto* type =
      std::find_if(type_codes.begin(), type_codes.end(), [&](const TypeCode& t) { return t.dtype == dtype; });
  if (type == type_codes.end())
    throw Error(Errc::unsupported,
                "npy: expected a type that NumPy has, got " + std::string(name(dtype)) + "; convert to f32 first");
  std::string tuple;
  for (std::int64_t extent : shape) tuple += std::to_string(extent) + ", ";
  if (shape.size() > 1) tuple.resize(tuple.size() - 2);
  if (shape.size() == 1) tuple.pop_back();
  std::string text = std::string("{'descr': '") + (size_of(dtype) == 1 ? '|' : '<') + std::string(type->code) +
                     "', 'fortran_order': False, 'shape': (" + tuple + "), }";
  constexpr std::size_t preamble = 10;
  if (total == 0) total = (preamble + text.size() + 1 + alignment - 1) / alignment * alignment;
  if (preamble + text.size() + 1 > total || total - preamble > longest_header)
    throw Error(Errc::invalid_argument, "npy: expected a shape with fewer axes, got " + std::to_string(shape.size()));
  text.resize(total - preamble - 1, ' ');
  text += '\n';
  std::string result(magic);
  result += {'\x01', '\x00', static_cast<char>(text.size() & 0xFF), static_cast<char>(text.size() >> 8)};
  return result + text;
}

}  // namespace fovea
