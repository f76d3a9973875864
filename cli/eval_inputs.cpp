#include "eval_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <optional>

#include "fovea/npy.h"
#include "op_files.h"

namespace fovea::cli {
namespace {

namespace fs = std::filesystem;

bool is_name(const std::string& text) {
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c < 0x80 && (std::isalnum(c) != 0 || c == '_'); });
}

// Names of files that happen to read as an expression, "e.npy" or "1-2/a", have names or fail as values.
std::optional<language::Value> value_of(const std::string& text) {
  try {
    const language::Program program(text);
    if (program.names().empty()) return program.run({});
  } catch (const language::SourceError&) {
  }
  return std::nullopt;
}

bool begins_with(const fs::path& path, std::string_view magic) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return false;
  std::string bytes(magic.size(), '\0');
  std::ifstream file(path, std::ios::binary);
  return file.read(bytes.data(), static_cast<std::streamsize>(bytes.size())) && bytes == magic;
}

Array map_or_load(const fs::path& path) {
  Result<Array> mapped = map_npy(path);
  if (!mapped && mapped.error().code() == Errc::unsupported) return load_npy(path).value();
  return std::move(mapped).value();
}

Array only_member(const fs::path& path) {
  const std::vector<std::string> names = npz_names(path).value();
  if (names.size() == 1) return load_npz_array(path, names[0]).value();
  throw Error(Errc::invalid_argument, fmt::format("expected one of its members, FILE.npz:NAME with {}, got the archive",
                                                  fmt::join(names, ", ")));
}

// Where the member's name begins in FILE.npz:MEMBER, or npos.
std::size_t member_of(const std::string& text) {
  constexpr std::string_view archive = ".npz:";
  const auto at = text.rfind(archive);
  return at == text.npos || fs::exists(text) ? text.npos : at + archive.size();
}

Array read_file(const std::string& text) {
  constexpr std::string_view zip = "PK\x03\x04", npy = "\x93NUMPY";
  if (const auto member = member_of(text); member != text.npos)
    return load_npz_array(text.substr(0, member - 1), text.substr(member)).value();
  if (begins_with(text, npy)) return map_or_load(text);
  if (begins_with(text, zip)) return only_member(text);
  return read_picture(text);
}

}  // namespace

std::vector<NamedInput> parse_inputs(std::span<const std::string> operands) {
  std::vector<NamedInput> inputs;
  for (const std::string& operand : operands) {
    const auto sign = operand.find('=');
    if (sign == operand.npos || !is_name(operand.substr(0, sign)) || sign + 1 == operand.size())
      throw Error(Errc::invalid_argument, fmt::format("expected NAME=FILE or NAME=VALUE, got '{}'", operand));
    NamedInput input{operand.substr(0, sign), operand.substr(sign + 1)};
    if (std::any_of(inputs.begin(), inputs.end(), [&](const NamedInput& other) { return other.name == input.name; }))
      throw Error(Errc::invalid_argument, fmt::format("expected {} once, got it twice", input.name));
    inputs.push_back(std::move(input));
  }
  return inputs;
}

std::string file_of(const NamedInput& input) {
  const auto member = member_of(input.text);
  return member == input.text.npos ? input.text : input.text.substr(0, member - 1);
}

language::Value read_input(const NamedInput& input) {
  if (auto value = value_of(input.text)) return *std::move(value);
  try {
    return {read_file(input.text)};
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("{}={}: {}", input.name, input.text, error.what()));
  }
}

}  // namespace fovea::cli
