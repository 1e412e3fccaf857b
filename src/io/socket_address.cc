#include "src/io/socket_address.h"

#include <netinet/in.h>

#include <cstring>

namespace tcpcopy {

SocketAddress::SocketAddress(const Endpoint& endpoint) {
  const ConstBytes bytes = endpoint.address.bytes();
  if (endpoint.address.IsV4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    std::memcpy(&v4.sin_addr, bytes.data(), bytes.size());
    std::memcpy(&storage_, &v4, sizeof v4);
    length_ = sizeof v4;
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
    std::memcpy(&storage_, &v6, sizeof v6);
    length_ = sizeof v6;
  }
}

std::optional<Endpoint> SocketAddress::FromKernel(const sockaddr* name) {
  if (name == nullptr) return std::nullopt;
  const void* const generic = name;
  if (name->sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, generic, sizeof v4);
    return Endpoint{IpAddress::V4(ntohl(v4.sin_addr.s_addr)), ntohs(v4.sin_port)};
  }
  if (name->sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, generic, sizeof v6);
    return Endpoint{IpAddress::FromBytes(v6.sin6_addr.s6_addr), ntohs(v6.sin6_port)};
  }
  return std::nullopt;
}

}  // namespace tcpcopy
