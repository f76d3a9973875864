#pragma once
#include <sys/socket.h>

namespace fovea::fetch {

// Whether a socket address is one of the public internet: unicast, and in none of the ranges set apart for machines,
// local networks, translation, documentation or the future. Tunnels that carry an IPv4 address inside count as private.
bool is_public(const sockaddr* address);

}  // namespace fovea::fetch
