#pragma once

#include <cstdint>

#include "netstack/base/bytes.h"
#include "netstack/wire/ip_address.h"

namespace tcpcopy {

// The Internet checksum (RFC 1071). Values are as `StoreBe16` wants them. Over bytes that already
// hold their right checksum the result is 0.

/// Checksum of `bytes` alone, as for an IPv4 header (RFC 791 3.1).
std::uint16_t InternetChecksum(ConstBytes bytes);

/// Checksum of a TCP segment (header and payload) with its pseudo header (RFC 9293 3.1 for IPv4,
/// RFC 8200 8.1 for IPv6). Both addresses are of one family.
std::uint16_t TcpChecksum(const IpAddress& source, const IpAddress& destination,
                          ConstBytes segment);

/// What stands in the checksum field of a TCP segment of `length` bytes whose checksum somebody
/// else completes, further on the way (a device, or the kernel for it): the sum over the pseudo
/// header.
std::uint16_t PartialTcpChecksum(const IpAddress& source, const IpAddress& destination,
                                 std::size_t length);

/// The same as `TcpChecksum` for a UDP datagram (RFC 768). Never 0, which stands for "no checksum";
/// so over bytes that already hold their right one the result is 0xffff.
std::uint16_t UdpChecksum(const IpAddress& source, const IpAddress& destination,
                          ConstBytes datagram);

}  // namespace tcpcopy
