#include "pipeline/chain/output_name.h"

#include <algorithm>
#include <array>

#include "base/sha256.h"

namespace fovea::pipeline {
namespace {

constexpr std::size_t longest = 255;  // bytes of a name in a folder
// What a name without a picture's extension gets before the format's: no other name ends so.
constexpr std::string_view unnamed = ".image";
constexpr std::array<std::string_view, 15> pictures{".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff",
                                                    ".bmp", ".ppm",  ".pgm", ".pbm",  ".pam", ".pnm",  ".gif"};
constexpr std::array<std::string_view, 5> archives{".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst"};

std::string small(std::string_view text) {
  std::string letters(text);
  for (char& c : letters)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return letters;
}

std::string_view extension_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? "" : name.substr(dot);
}

bool is_picture(std::string_view extension) {
  return std::find(pictures.begin(), pictures.end(), small(extension)) != pictures.end();
}

// What "ARCHIVE!member" begins with: "-" is standard input. The member lies below the archive's name.
bool is_archive(std::string_view input) {
  const std::string_view name = input.substr(input.rfind('/') + 1);
  return name == "-" || std::any_of(archives.begin(), archives.end(), [&](auto end) { return name.ends_with(end); });
}

// A name keeps the format's extension; others get it behind their own. Which names may come out of which rule differs
// by their last two extensions, so no two inputs share one.
std::string with_extension(std::string_view name, const std::vector<std::string_view>& extensions) {
  const std::string_view own = extension_of(name), before = extension_of(name.substr(0, name.size() - own.size()));
  const bool is_own = std::find(extensions.begin(), extensions.end(), small(own)) != extensions.end();
  std::string out(name);
  if (is_own && !is_picture(before) && before != unnamed) return out;
  if (!is_picture(own)) out += unnamed;
  return out += extensions.front();
}

// Too long a name keeps its beginning and end and has its hash between them.
std::string shortened(const std::string& name) {
  if (name.size() <= longest) return name;
  const std::string hash = sha256_hex(std::as_bytes(std::span(name))).substr(0, 32);
  return name.substr(0, 160) + "~" + hash + "~" + name.substr(name.size() - 32);
}

}  // namespace

std::string output_name(std::string_view input, std::int64_t index, const std::vector<std::string_view>& extensions) {
  std::string out, part;
  const auto add_part = [&] {
    if (part == "..") part = "%2E%2E";
    if (!part.empty() && part != ".") out += (out.empty() ? "" : "/") + shortened(part);
    part.clear();
  };
  std::string whole(input);
  if (const std::size_t scheme = whole.find("://"); scheme != std::string::npos) whole.erase(scheme, 1);
  if (const std::size_t mark = whole.find('!'); mark != std::string::npos && is_archive(whole.substr(0, mark)))
    whole[mark] = '/';
  while (!whole.empty() && whole.back() == '/') whole.pop_back();
  if (whole.empty()) return std::to_string(index) + std::string(extensions.front());
  const std::size_t last = whole.rfind('/') + 1;
  for (const char c : whole.substr(0, last)) c == '/' ? add_part() : part.push_back(c);
  part = with_extension(whole.substr(last), extensions);
  add_part();
  return out;
}

}  // namespace fovea::pipeline
