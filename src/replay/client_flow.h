#pragma once

#include <cstddef>
#include <cstdint>

#include "netstack/base/prng.h"
#include "netstack/wire/flow_key.h"

namespace tcpcopy {

/// A captured connection as one of its copies (-n) sees it: each copy is a session of its own, with
/// a fate of its own.
struct ClientFlow {
  FlowKey flow;  // client and production
  std::uint16_t copy = 0;

  bool operator==(const ClientFlow&) const = default;
};

struct ClientFlowHash {
  std::uint64_t seed = 0;
  std::size_t operator()(const ClientFlow& client) const {
    const std::size_t hash = FlowKeyHash{seed}(client.flow);
    return client.copy == 0 ? hash : Prng::Mix(hash + client.copy);
  }
};

}  // namespace tcpcopy
