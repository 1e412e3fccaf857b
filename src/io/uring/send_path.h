#pragma once

#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>

#include "netstack/wire/ethernet_header.h"
#include "netstack/wire/ip_address.h"

namespace tcpcopy {

/// What the kernel reads beside the IP packet when it is sent.
struct Departure {
  union {
    sockaddr_in v4;
    sockaddr_in6 v6{};
    sockaddr_ll link;
  } address;
  socklen_t address_length = 0;
  std::array<std::uint8_t, EthernetHeader::kMaxBytes> link_header;  // goes before the packet
  std::size_t link_header_length = 0;
};

/// How IP packets leave this host: by which socket, addressed to whom.
class SendPath {
 public:
  virtual ~SendPath() = default;

  /// Fills in what a packet to `destination` needs. Returns the socket that takes it, or a negated
  /// errno when there is no way at the moment. Called for each packet, so it only looks up.
  virtual int Prepare(const IpAddress& destination, Departure& departure) = 0;
};

}  // namespace tcpcopy
