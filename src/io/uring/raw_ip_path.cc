#include "src/io/uring/raw_ip_path.h"

#include <cerrno>
#include <cstring>

namespace tcpcopy {

int RawIpPath::Prepare(const IpAddress& destination, Departure& departure) {
  const ConstBytes bytes = destination.bytes();
  departure.link_header_length = 0;
  departure.gso_socket = -1;
  if (destination.IsV4()) {
    departure.address.v4 = {};
    departure.address.v4.sin_family = AF_INET;
    std::memcpy(&departure.address.v4.sin_addr, bytes.data(), bytes.size());
    departure.address_length = sizeof departure.address.v4;
    return sockets_.v4 ? sockets_.v4.get() : -EAFNOSUPPORT;
  }
  departure.address.v6 = {};  // a port other than 0 would have to be the socket's protocol
  departure.address.v6.sin6_family = AF_INET6;
  std::memcpy(&departure.address.v6.sin6_addr, bytes.data(), bytes.size());
  departure.address_length = sizeof departure.address.v6;
  return sockets_.v6 ? sockets_.v6.get() : -EAFNOSUPPORT;
}

}  // namespace tcpcopy
