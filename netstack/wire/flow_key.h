#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "netstack/base/prng.h"
#include "netstack/wire/endpoint.h"

namespace tcpcopy {

/// A TCP connection as one side names it: its own end and its peer's.
struct FlowKey {
  Endpoint local;
  Endpoint peer;

  FlowKey Reversed() const { return {peer, local}; }
  bool operator==(const FlowKey&) const = default;
};

/// Hash for flow tables. Seeded, so that a hostile capture cannot aim at one bucket.
struct FlowKeyHash {
  std::uint64_t seed = 0;
  std::size_t operator()(const FlowKey& key) const {
    const auto [local, local_back] = key.local.address.Words();
    const auto [peer, peer_back] = key.peer.address.Words();
    // An IPv4 address leaves the half of its word free in which the port stands.
    const std::uint64_t hash = Prng::Fold(local ^ At(key.local.port) ^ seed ^ kFirst,
                                          peer ^ At(key.peer.port) ^ seed ^ kSecond);
    if ((local_back | peer_back) == 0) return hash;
    // With an IPv6 address the port has changed what is the address's: it counts once more.
    const std::uint64_t ports = std::uint64_t{key.local.port} << 16 | key.peer.port;
    return Prng::Fold(hash ^ local_back ^ kSecond, peer_back ^ ports ^ seed ^ kFirst);
  }

 private:
  // Any numbers: parts of pi.
  static constexpr std::uint64_t kFirst = 0x243f6a8885a308d3ULL;
  static constexpr std::uint64_t kSecond = 0x13198a2e03707344ULL;

  static constexpr std::uint64_t At(std::uint16_t port) {
    return std::endian::native == std::endian::little ? std::uint64_t{port} << 48 : port;
  }
};

}  // namespace tcpcopy
