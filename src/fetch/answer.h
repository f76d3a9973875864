#pragma once
#include <curl/curl.h>

#include <cstddef>
#include <string>
#include <vector>

namespace fovea::fetch {

// What came of one exchange with a server.
struct Answer {
  CURLcode code = CURLE_OK;
  long status = 0;  // 0: none came
  std::string location, retry_after, content_type, content_range, etag, last_modified;
  std::vector<std::string> robots_tags;  // X-Robots-Tag
  std::vector<std::byte> body;
  bool refused = false;    // an address that may not be asked
  bool opted_out = false;  // by X-Robots-Tag
  bool too_long = false;   // the body; what is there of it is its beginning
  bool headers_too_long = false;
  bool no_memory = false;
  std::string words;  // libcurl's about the fault
};

}  // namespace fovea::fetch
