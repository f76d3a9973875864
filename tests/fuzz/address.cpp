#include "fetch/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

// Addresses by their bytes, 4 or 16; as text none of the public ones begins like a machine's own or a private network,
// and an IPv6 address that carries an IPv4 one is not public.
namespace {

void check(const sockaddr* address, const std::string& text) {
  if (!fovea::fetch::is_public(address)) return;
  for (const char* begin :
       {"0.",      "10.",     "127.", "169.254.", "192.168.", "172.16.",   "172.31.", "100.64.", "100.127.",
        "198.18.", "198.19.", "224.", "239.",     "240.",     "255.",      "::",      "fc",      "fd",
        "fe8",     "fe9",     "fea",  "feb",      "ff",       "2001:db8:", "2002:",   "64:ff9b:"})
    if (text.starts_with(begin)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  char text[INET6_ADDRSTRLEN] = "";
  if (size == 4) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    std::memcpy(&in.sin_addr, data, 4);
    check(reinterpret_cast<sockaddr*>(&in), ::inet_ntop(AF_INET, data, text, sizeof text));
  } else if (size == 16) {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    std::memcpy(&in.sin6_addr, data, 16);
    check(reinterpret_cast<sockaddr*>(&in), ::inet_ntop(AF_INET6, data, text, sizeof text));
  }
  return 0;
}
