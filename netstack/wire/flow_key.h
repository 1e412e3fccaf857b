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
    if (key.local.address.IsV4() && key.peer.address.IsV4()) {
      // The port stands in the half of the word that the address leaves free.
      return Prng::Fold(local ^ InFreeHalf(key.local.port) ^ seed ^ kFirst,
                        peer ^ InFreeHalf(key.peer.port) ^ seed ^ kSecond);
    }
    // Nothing may lie over anything else: who has many addresses could make it cancel out.
    const std::uint64_t front = Prng::Fold(local ^ seed ^ kFirst, peer ^ seed ^ kSecond);
    const std::uint64_t ports = std::uint64_t{key.local.port} << 16 | key.peer.port;
    const std::uint64_t back =
        Prng::Fold(local_back ^ seed ^ kSecond, peer_back ^ seed ^ kFirst ^ kThird);
    return Prng::Fold(front ^ std::rotl(back, 32), ports ^ seed ^ kThird);
  }

 private:
  // Any numbers: parts of pi.
  static constexpr std::uint64_t kFirst = 0x243f6a8885a308d3ULL;
  static constexpr std::uint64_t kSecond = 0x13198a2e03707344ULL;
  static constexpr std::uint64_t kThird = 0xa4093822299f31d0ULL;

  static constexpr std::uint64_t InFreeHalf(std::uint16_t port) {
    return std::endian::native == std::endian::little ? std::uint64_t{port} << 48 : port;
  }
};

}  // namespace tcpcopy
