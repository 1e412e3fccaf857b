#pragma once

#include <cstddef>

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
    return With(With(seed + 0x9e3779b97f4a7c15ULL, key.local) + 1, key.peer);
  }

 private:
  static std::uint64_t With(std::uint64_t hash, const Endpoint& endpoint) {
    const auto [front, back] = endpoint.address.Words();
    hash = Prng::Mix(hash ^ front ^ endpoint.port);
    return endpoint.address.IsV4() ? hash : Prng::Mix(hash ^ back);
  }
};

}  // namespace tcpcopy
