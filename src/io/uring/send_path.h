#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>

#include "netstack/wire/ethernet_header.h"
#include "netstack/wire/ip_address.h"
#include "src/io/uring/gso_packet.h"

namespace tcpcopy {

/// What the kernel reads beside the IP packet when it is sent.
struct Departure {
  union {
    sockaddr_in v4;
    sockaddr_in6 v6{};
  } address;
  socklen_t address_length = 0;  // 0: the socket itself knows to whom
  std::array<std::uint8_t, EthernetHeader::kMaxBytes> link_header;  // goes before the packet
  std::size_t link_header_length = 0;
  int gso_socket = -1;      // takes segments that are joined (GsoPacket), if there is one,
  std::size_t gso_mtu = 0;  // each an IP packet of so many bytes at most,
  GsoLimits gso_limits;     // and no more than these
};

/// How IP packets leave this host: by which socket, addressed to whom.
class SendPath {
 public:
  virtual ~SendPath() = default;

  /// Fills in what a packet to `destination` needs. Returns the socket that takes it, or a negated
  /// errno when there is no way at the moment. Called for each packet whose slot was not prepared
  /// for that destination already, so it only looks up.
  virtual int Prepare(const IpAddress& destination, Departure& departure) = 0;

  /// What was prepared under another version must not be used any more.
  std::uint32_t version() const { return version_; }

 protected:
  /// From now on `Prepare` may say something else than before.
  void Change() { ++version_; }

 private:
  std::uint32_t version_ = 1;
};

}  // namespace tcpcopy
