#pragma once
#include <algorithm>
#include <string>

#include "support/hostile_server.h"

namespace fovea::test {

// The range "A-B" that a request asks for, or "".
inline std::string range_asked(const std::string& request) {
  const std::size_t at = request.find("\r\nRange: bytes=");
  if (at == request.npos) return {};
  const std::size_t begin = at + 15;
  return request.substr(begin, request.find('\r', begin) - begin);
}

// As a server answers that gives parts of a file: RFC 9110, section 14, at most `most` bytes of it at a time.
inline std::string ranged_answer(const std::string& request, const std::string& file,
                                 std::size_t most = std::string::npos, const std::string& headers = "ETag: \"1\"\r\n") {
  const std::string range = range_asked(request), whole = std::to_string(file.size());
  if (range.empty()) return answer("200 OK", file, headers);
  const std::size_t first = std::stoull(range), last = std::stoull(range.substr(range.find('-') + 1));
  if (first >= file.size()) return answer("416 Range Not Satisfiable", "", "Content-Range: bytes */" + whole + "\r\n");
  const std::string part = file.substr(first, std::min(last - first + 1, most));
  return answer("206 Partial Content", part,
                headers + "Content-Range: bytes " + std::to_string(first) + "-" +
                    std::to_string(first + part.size() - 1) + "/" + whole + "\r\n");
}

}  // namespace fovea::test
