#include "result_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include "fovea/error.h"

namespace fovea::cli {
namespace {

constexpr std::size_t max_line_bytes = 16 << 20;
using Json = nlohmann::json;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

bool is_high_surrogate(std::string_view escape) {
  return escape.size() >= 6 && (escape[2] == 'd' || escape[2] == 'D') &&
         std::string_view("89abAB").find(escape[3]) != std::string_view::npos;
}

// A lone surrogate \udc80..\udcff, which JSON parsers refuse, stands for one byte of a path: becomes the text \\xNN.
std::string without_lone_surrogates(std::string_view line) {
  std::string result;
  while (!line.empty()) {
    const std::size_t plain = std::min(line.find('\\'), line.size());
    result += line.substr(0, plain);
    line.remove_prefix(plain);
    if (line.empty()) break;
    std::size_t length = 2;
    if (line.size() >= 6 && line[1] == 'u') length = is_high_surrogate(line) ? 12 : 6;
    const std::string_view escape = line.substr(0, length);
    if (length == 6 && (escape.substr(2, 2) == "dc" || escape.substr(2, 2) == "DC"))
      result.append("\\\\x").append(escape.substr(4));
    else
      result += escape;
    line.remove_prefix(escape.size());
  }
  return result;
}

ResultRow row_of(const Json& json) {
  ResultRow row;
  row.index = json.at("index").get<std::int64_t>();
  row.path = json.at("path").get<std::string>();
  if (json.at("status").get<std::string>() != "ok") {
    row.error_code = json.at("error_code").get<std::string>();
    row.error_message = json.at("error_message").get<std::string>();
    return row;
  }
  row.width = json.at("width").get<std::int64_t>();
  row.height = json.value("height", std::int64_t{0});
  row.format = json.value("format", "");
  for (const Json& guess : json.value("top", Json::array())) {
    const Json& probability = guess.at("prob");
    row.top.push_back({guess.at("class").get<std::int64_t>(), guess.at("label").get<std::string>(),
                       probability.is_null() ? std::numeric_limits<double>::quiet_NaN() : probability.get<double>()});
  }
  return row;
}

// False at the end of the file.
bool read_line(std::FILE* file, std::string& line, std::int64_t number) {
  line.clear();
  for (int byte = 0; (byte = std::getc(file)) != EOF && byte != '\n';) {
    if (line.size() == max_line_bytes)
      throw Error(Errc::limit_bytes,
                  fmt::format("line {}: expected at most {} bytes, got more", number, max_line_bytes));
    line += static_cast<char>(byte);
  }
  if (std::ferror(file))
    throw Error(errno == EISDIR ? Errc::not_a_file : Errc::io,
                "expected to read it, got " + std::generic_category().message(errno));
  return !line.empty() || !std::feof(file);
}

}  // namespace

void read_results(const std::string& name, const std::function<void(ResultRow&&)>& take) {
  const File file(std::fopen(name.c_str(), "rbe"));
  if (!file)
    throw Error(errno == ENOENT   ? Errc::not_found
                : errno == EACCES ? Errc::permission
                                  : Errc::io,
                "expected to open it, got " + std::generic_category().message(errno));
  std::string line;
  for (std::int64_t number = 1; read_line(file.get(), line, number); ++number) {
    ResultRow row;
    try {
      row = row_of(Json::parse(without_lone_surrogates(line)));
    } catch (const Json::exception&) {
      throw Error(Errc::corrupt,
                  fmt::format("line {}: expected a row of a result file in JSON Lines, got something else", number));
    }
    take(std::move(row));
  }
}

}  // namespace fovea::cli
