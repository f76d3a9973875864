#include "fetch/address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <string>

namespace fovea::fetch {
namespace {

bool allowed(const std::string& text) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  if (::inet_pton(AF_INET, text.c_str(), &in.sin_addr) == 1) return is_public(reinterpret_cast<sockaddr*>(&in));
  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  EXPECT_EQ(::inet_pton(AF_INET6, text.c_str(), &in6.sin6_addr), 1) << text;
  return is_public(reinterpret_cast<sockaddr*>(&in6));
}

// The first and the last of each range, and what lies beside it where that is public.
TEST(FetchAddress, Private) {
  for (const char* text :
       {"0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.0",
        "127.0.0.1", "127.255.255.255", "169.254.0.0", "169.254.169.254", "169.254.255.255", "172.16.0.0",
        "172.31.255.255", "192.0.0.0", "192.0.0.255", "192.0.2.0", "192.0.2.255", "192.88.99.0", "192.88.99.255",
        "192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.0", "198.51.100.255",
        "203.0.113.0", "203.0.113.255", "224.0.0.0", "239.255.255.255", "240.0.0.0", "255.255.255.254",
        "255.255.255.255",
        // IPv6: unspecified, loopback, mapped, compatible, NAT64, discard, Teredo, ORCHID, documentation, 6to4, ULA,
        // link-local, site-local, multicast, not given out.
        "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::8.8.8.8", "64:ff9b::7f00:1",
        "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:10::1", "2001:20::1",
        "2001:1ff:ffff::1", "2001:db8::1", "2001:db8:ffff:ffff::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1",
        "3fff:fff::1", "2620:4f:8000::1", "fc00::1", "fd00::1", "fdff::1", "fe80::1", "febf::1", "fec0::1", "feff::1",
        "ff02::1", "ff0e::1", "4000::1", "8000::1"})
    EXPECT_FALSE(allowed(text)) << text;
}

TEST(FetchAddress, Public) {
  for (const char* text : {"1.0.0.0",         "9.255.255.255",   "11.0.0.0",       "100.63.255.255",
                           "100.128.0.0",     "126.255.255.255", "128.0.0.0",      "169.253.255.255",
                           "169.255.0.0",     "172.15.255.255",  "172.32.0.0",     "191.255.255.255",
                           "192.0.1.0",       "192.0.3.0",       "192.88.98.255",  "192.88.100.0",
                           "192.167.255.255", "192.169.0.0",     "198.17.255.255", "198.20.0.0",
                           "198.51.99.255",   "198.51.101.0",    "203.0.112.255",  "203.0.114.0",
                           "223.255.255.255", "8.8.8.8",         "2001:200::1",    "2001:4860:4860::8888",
                           "2001:db7::1",     "2001:db9::1",     "2003::1",        "2606:4700::1111",
                           "2a00:1450::1",    "3ffe::1",         "2620:4f:8001::1"})
    EXPECT_TRUE(allowed(text)) << text;
}

TEST(FetchAddress, OtherFamilies) {
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  EXPECT_FALSE(is_public(reinterpret_cast<sockaddr*>(&local)));
}

}  // namespace
}  // namespace fovea::fetch
