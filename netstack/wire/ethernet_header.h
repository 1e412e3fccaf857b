#pragma once

#include <cstddef>
#include <optional>

#include "netstack/base/bytes.h"
#include "netstack/wire/ip_address.h"
#include "netstack/wire/mac_address.h"

namespace tcpcopy {

/// What an 802.1Q tag says.
struct VlanTag {
  std::uint16_t id = 0;       // 1..4094
  std::uint8_t priority = 0;  // 0..7

  bool operator==(const VlanTag&) const = default;
};

/// The header of an Ethernet frame with an IP packet in it.
struct EthernetHeader {
  static constexpr std::size_t kMaxBytes = 18;

  MacAddress destination;
  MacAddress source;
  std::optional<VlanTag> vlan;

  /// Writes it into `out`, which has room for kMaxBytes; returns its length.
  std::size_t Write(IpFamily packet, MutableBytes out) const;

  bool operator==(const EthernetHeader&) const = default;
};

}  // namespace tcpcopy
