#include "fetch/address.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace fovea::fetch {
namespace {

struct Range4 {
  std::uint32_t network;
  int bits;
};

// IANA's special-purpose registry, and multicast.
constexpr std::array<Range4, 16> private4{{
    {0x00000000, 8},   // this network, unspecified
    {0x0a000000, 8},   // private
    {0x64400000, 10},  // carrier-grade NAT
    {0x7f000000, 8},   // loopback
    {0xa9fe0000, 16},  // link-local
    {0xac100000, 12},  // private
    {0xc0000000, 24},  // protocol assignments
    {0xc0000200, 24},  // documentation
    {0xc0586300, 24},  // 6to4 relays
    {0xc01fc400, 24},  // AS112
    {0xc0a80000, 16},  // private
    {0xc6120000, 15},  // benchmarks
    {0xc6336400, 24},  // documentation
    {0xcb007100, 24},  // documentation
    {0xe0000000, 4},   // multicast
    {0xf0000000, 4},   // reserved, broadcast
}};

struct Range6 {
  std::array<std::uint8_t, 16> network;
  int bits;
};

// Within 2000::/3, the only part that is given out; what lies outside is private as a whole.
constexpr std::array<Range6, 5> private6{{
    {{0x20, 0x01, 0x00}, 23},              // protocol assignments: Teredo, ORCHID, benchmarks
    {{0x20, 0x01, 0x0d, 0xb8}, 32},        // documentation
    {{0x20, 0x02}, 16},                    // 6to4
    {{0x3f, 0xff, 0x00}, 20},              // documentation
    {{0x26, 0x20, 0x00, 0x4f, 0x80}, 48},  // AS112
}};

bool inside(std::uint32_t address, const Range4& range) {
  return (address ^ range.network) >> (32 - range.bits) == 0;
}

bool inside(const std::uint8_t* address, const Range6& range) {
  for (int bit = 0; bit < range.bits; ++bit) {
    const auto byte = static_cast<std::size_t>(bit / 8);
    if (((address[byte] ^ range.network[byte]) >> (7 - bit % 8) & 1) != 0) return false;
  }
  return true;
}

}  // namespace

bool is_public(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, address, sizeof in);
    const std::uint32_t host = ntohl(in.sin_addr.s_addr);
    return std::none_of(private4.begin(), private4.end(), [&](const Range4& range) { return inside(host, range); });
  }
  if (address->sa_family != AF_INET6) return false;
  sockaddr_in6 in{};
  std::memcpy(&in, address, sizeof in);
  const std::uint8_t* host = in.sin6_addr.s6_addr;
  if (host[0] >> 5 != 1) return false;
  return std::none_of(private6.begin(), private6.end(), [&](const Range6& range) { return inside(host, range); });
}

}  // namespace fovea::fetch
