#pragma once
#include <string>
#include <string_view>

namespace fovea {

// Control characters, marks that reorder text, backslashes and invalid UTF-8 as \xNN: safe to print on a terminal or in
// a log line.
std::string escaped(std::string_view text);

// A name from an untrusted file, quoted and cut short for a message.
std::string shown(std::string_view name);

// A JSON string with its quotes. Bytes that are not UTF-8 become lone surrogates U+DC80..U+DCFF, as Python's
// surrogateescape does, so that a reader can get the exact bytes of a path back.
std::string json_quoted(std::string_view text);

// A CSV field by RFC 4180, quoted only when it must be.
std::string csv_field(std::string_view text);

}  // namespace fovea
