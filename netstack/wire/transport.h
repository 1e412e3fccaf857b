#pragma once

#include <cstdint>
#include <string_view>

namespace tcpcopy {

/// What is copied: streams or datagrams.
enum class Transport : std::uint8_t { kTcp, kUdp };

/// As nftables and pcap filters call it.
constexpr std::string_view Name(Transport transport) {
  return transport == Transport::kTcp ? "tcp" : "udp";
}

}  // namespace tcpcopy
