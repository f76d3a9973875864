#include "codec/pnm_header.h"

#include <string>

#include "base/text.h"
#include "codec/byte_order.h"

namespace fovea::codec {
namespace {

bool is_blank(std::uint32_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_digit(std::uint32_t c) {
  return c >= '0' && c <= '9';
}

std::size_t skip_blanks(Bytes bytes, std::size_t at) {
  while (at < bytes.size()) {
    if (byte_at(bytes, at) == '#') {
      while (at < bytes.size() && byte_at(bytes, at) != '\n' && byte_at(bytes, at) != '\r') ++at;
    } else if (is_blank(byte_at(bytes, at))) {
      ++at;
    } else {
      break;
    }
  }
  return at;
}

Error truncated(std::string_view what) {
  return Error(Errc::truncated, "pnm: the file ends where " + std::string(what) + " is expected");
}

struct Sizes {
  std::uint64_t width = 0, height = 0, depth = 0, maximum = 1;
};

Result<PnmHeader> finish(PnmHeader header, const Sizes& sizes, const Limits& limits) {
  if (sizes.maximum == 0 || sizes.maximum > 65535)
    return Error(Errc::corrupt, "pnm: expected a maximum from 1 to 65535, got " + std::to_string(sizes.maximum));
  header.maximum = static_cast<std::uint32_t>(sizes.maximum);
  header.info.format = "pnm";
  header.info.channels = channels_of(header.layout);
  header.info.bits = header.maximum > 255 ? 16 : header.bitmap ? 1 : 8;
  Result<ImageInfo> sized = check_size(header.info, sizes.width, sizes.height, limits);
  if (!sized) return sized.error();
  header.info = sized.value();
  return header;
}

Result<Layout> pam_layout(std::string_view type, std::uint64_t depth) {
  struct Kind {
    std::string_view name;
    std::uint64_t depth;
    Layout layout;
  };
  constexpr Kind kinds[] = {
      {"BLACKANDWHITE", 1, Layout::grey},
      {"GRAYSCALE", 1, Layout::grey},
      {"BLACKANDWHITE_ALPHA", 2, Layout::grey_alpha},
      {"GRAYSCALE_ALPHA", 2, Layout::grey_alpha},
      {"RGB", 3, Layout::rgb},
      {"RGB_ALPHA", 4, Layout::rgba},
  };
  for (const Kind& kind : kinds)
    if (kind.depth == depth && (type.empty() || type == kind.name)) return kind.layout;
  if (type.size() > 32) type = "of more than 32 letters";
  return Error(Errc::unsupported,
               "pnm: tuple type '" + escaped(type) + "' with depth " + std::to_string(depth) + " is not supported");
}

// A line of a P7 header without its end; `at` moves to the next one.
Result<std::string_view> read_line(Bytes bytes, std::size_t& at) {
  const std::string_view rest(reinterpret_cast<const char*>(bytes.data()) + at, bytes.size() - at);
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return truncated("ENDHDR");
  at += end + 1;
  std::string_view line = rest.substr(0, end);
  while (!line.empty() && is_blank(static_cast<unsigned char>(line.back()))) line.remove_suffix(1);
  return line;
}

Result<PnmHeader> read_pam_header(Bytes bytes, const Limits& limits) {
  PnmHeader header;
  Sizes sizes{.maximum = 0};
  std::string_view type;
  std::size_t at = 2;
  Result<std::string_view> line = read_line(bytes, at);
  for (;;) {
    const std::size_t begin = at;
    line = read_line(bytes, at);
    if (!line) return line.error();
    const std::string_view text = line.value();
    if (text == "ENDHDR") break;
    if (text.empty() || text.front() == '#') continue;
    const std::size_t space = text.find(' ');
    const std::string_view key = text.substr(0, space);
    if (key == "TUPLTYPE") {
      type = space == std::string_view::npos ? "" : text.substr(text.find_first_not_of(' ', space));
      continue;
    }
    std::uint64_t* target = key == "WIDTH"    ? &sizes.width
                            : key == "HEIGHT" ? &sizes.height
                            : key == "DEPTH"  ? &sizes.depth
                            : key == "MAXVAL" ? &sizes.maximum
                                              : nullptr;
    if (!target || space == std::string_view::npos)
      return Error(Errc::corrupt, "pnm: a line of the P7 header is unknown");
    const Result<PnmNumber> number =
        read_pnm_number(bytes.first(begin + text.size()), begin + space, "a header number");
    if (!number) return number.error();
    *target = number.value().value;
  }
  const Result<Layout> layout = pam_layout(type, sizes.depth);
  if (!layout) return layout.error();
  header.layout = layout.value();
  header.data = at;
  return finish(header, sizes, limits);
}

}  // namespace

Result<PnmNumber> read_pnm_number(Bytes bytes, std::size_t at, std::string_view what) {
  at = skip_blanks(bytes, at);
  if (at >= bytes.size()) return truncated(what);
  std::uint64_t value = 0;
  int digits = 0;
  for (; at < bytes.size() && is_digit(byte_at(bytes, at)); ++at) {
    if (++digits > 18) return Error(Errc::corrupt, "pnm: " + std::string(what) + " has more than 18 digits");
    value = value * 10 + (byte_at(bytes, at) - '0');
  }
  const bool ended = at == bytes.size() || is_blank(byte_at(bytes, at)) || byte_at(bytes, at) == '#';
  if (digits == 0 || !ended) return Error(Errc::corrupt, "pnm: expected " + std::string(what) + ", got other bytes");
  return PnmNumber{value, at};
}

Result<PnmNumber> read_pnm_bit(Bytes bytes, std::size_t at) {
  at = skip_blanks(bytes, at);
  if (at >= bytes.size()) return truncated("a sample");
  const std::uint32_t c = byte_at(bytes, at);
  if (c != '0' && c != '1') return Error(Errc::corrupt, "pnm: expected a 0 or 1, got another byte");
  return PnmNumber{c - '0', at + 1};
}

Result<PnmHeader> read_pnm_header(Bytes bytes, const Limits& limits) {
  if (bytes.size() < 3) return truncated("a header");
  const std::uint32_t kind = byte_at(bytes, 1) - '0';
  if (kind == 7) return read_pam_header(bytes, limits);
  PnmHeader header;
  header.text = kind <= 3;
  header.bitmap = kind == 1 || kind == 4;
  header.layout = kind == 3 || kind == 6 ? Layout::rgb : Layout::grey;
  Sizes sizes;
  std::size_t at = 2;
  struct Field {
    std::uint64_t* value;
    std::string_view what;
  };
  const Field fields[] = {{&sizes.width, "the width"}, {&sizes.height, "the height"}, {&sizes.maximum, "the maximum"}};
  for (const Field& field : std::span(fields).first(header.bitmap ? 2 : 3)) {
    const Result<PnmNumber> number = read_pnm_number(bytes, at, field.what);
    if (!number) return number.error();
    *field.value = number.value().value;
    at = number.value().end;
  }
  if (at >= bytes.size()) return truncated("the first sample");
  header.data = at + 1;
  return finish(header, sizes, limits);
}

}  // namespace fovea::codec
