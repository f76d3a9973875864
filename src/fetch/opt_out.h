#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace fovea::fetch {

// The name that robots.txt and X-Robots-Tag know a program by: its User-Agent's first word, without the version.
std::string robots_name(std::string_view user_agent);

// Whether one of the values of X-Robots-Tag asks the program of that name to leave the file alone: noindex,
// noimageindex, none, noai, noimageai or noml, for all or for it.
bool opts_out(const std::vector<std::string>& tags, std::string_view name);

}  // namespace fovea::fetch
