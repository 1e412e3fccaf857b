#pragma once

#include <cstdint>

#include "netstack/wire/ip_address.h"
#include "src/replay/address_allocator.h"

namespace tcpcopy {

/// `--shift-clients`: the same client comes from another address in each copy (-n) and each round
/// (-T) of its session: with `step` addresses between them, the copies of a round first. Two of
/// them are the same again when all addresses were used. A value.
struct ClientShift {
  std::uint64_t step = 0;    // 0: no shift; up to `kMostStep`
  std::uint32_t copies = 1;  // of each session

  static constexpr std::int64_t kMostStep = 1 << 24;

  /// By how many addresses the claim's client is moved on, below `modulus`: the place of copy and
  /// round, times the step.
  std::uint64_t Within(std::uint64_t modulus, const AddressClaim& claim) const;

  /// The claim's client, moved on. IPv4: within the addresses that a host can have, from behind
  /// the last of them to the first: 1.0.0.0 to 223.255.255.255 without 127.0.0.0/8. IPv6: within
  /// its /64. Any other IPv4 address (loopback) stays as it is.
  IpAddress Of(const AddressClaim& claim) const;
};

}  // namespace tcpcopy
