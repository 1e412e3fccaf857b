#pragma once

#include <cstdint>

namespace tcpcopy {

// Protocol numbers (IPv4 "Protocol", IPv6 "Next Header") that the wire code looks at.
inline constexpr std::uint8_t kIpProtocolHopByHop = 0;             // RFC 8200 4.3
inline constexpr std::uint8_t kIpProtocolTcp = 6;                  // RFC 9293
inline constexpr std::uint8_t kIpProtocolRouting = 43;             // RFC 8200 4.4
inline constexpr std::uint8_t kIpProtocolFragment = 44;            // RFC 8200 4.5
inline constexpr std::uint8_t kIpProtocolDestinationOptions = 60;  // RFC 8200 4.6

}  // namespace tcpcopy
