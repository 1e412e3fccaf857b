#pragma once

#include <cstdint>

namespace tcpcopy {

// Protocol numbers (IPv4 "Protocol", IPv6 "Next Header") that the wire code looks at.
inline constexpr std::uint8_t kIpProtocolHopByHop = 0;             // RFC 8200 4.3
inline constexpr std::uint8_t kIpProtocolIcmp = 1;                 // RFC 792
inline constexpr std::uint8_t kIpProtocolIpv4 = 4;                 // RFC 2003
inline constexpr std::uint8_t kIpProtocolTcp = 6;                  // RFC 9293
inline constexpr std::uint8_t kIpProtocolUdp = 17;                 // RFC 768
inline constexpr std::uint8_t kIpProtocolIpv6 = 41;                // RFC 2473
inline constexpr std::uint8_t kIpProtocolRouting = 43;             // RFC 8200 4.4
inline constexpr std::uint8_t kIpProtocolFragment = 44;            // RFC 8200 4.5
inline constexpr std::uint8_t kIpProtocolGre = 47;                 // RFC 2784
inline constexpr std::uint8_t kIpProtocolIcmpv6 = 58;              // RFC 4443
inline constexpr std::uint8_t kIpProtocolDestinationOptions = 60;  // RFC 8200 4.6

}  // namespace tcpcopy
