#pragma once

#include <functional>
#include <optional>

#include "netstack/wire/flow_key.h"

namespace tcpcopy {

/// Gives each replayed session its own address and port. Deterministic. No two live sessions share
/// a 4-tuple: it is told which are in use.
class AddressAllocator {
 public:
  /// True when a live session uses this 4-tuple (local: ours).
  using InUse = std::function<bool(const FlowKey&)>;

  virtual ~AddressAllocator() = default;

  /// The endpoint to replay `client`'s session to `target` from; empty when none is left. An
  /// allocator whose addresses are not its own choice (keep) may return one in use; its session
  /// waits for it.
  virtual std::optional<Endpoint> Claim(const Endpoint& client, const Endpoint& target,
                                        const InUse& in_use) = 0;
  /// A claimed endpoint is no longer used towards `target`.
  virtual void Release(const Endpoint& local, const Endpoint& target) = 0;
};

}  // namespace tcpcopy
