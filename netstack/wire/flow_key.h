#pragma once

#include <cstddef>

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
  std::size_t operator()(const FlowKey& key) const;
};

}  // namespace tcpcopy
