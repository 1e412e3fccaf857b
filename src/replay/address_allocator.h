#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "netstack/wire/flow_key.h"

namespace tcpcopy {

/// What becomes of a 4-tuple (local: ours) when a session takes it now.
enum class TupleState : std::uint8_t {
  kFree,     // the target knows nothing of it
  kResting,  // a session on it is over; the target may have it in TIME-WAIT, and must be asked so
             // that it takes a new one (RFC 9293 3.6.1)
  kLive,     // a live session uses it
};

/// A session that needs an endpoint.
struct AddressClaim {
  Endpoint client;  // as captured
  Endpoint target;
  std::uint16_t copy = 0;   // 0 is the session itself; of -n
  std::uint64_t round = 0;  // 0 is the first; of -T
};

/// Gives each replayed session its own address and port. Deterministic. No two live sessions share
/// a 4-tuple: it is told which are in use.
class AddressAllocator {
 public:
  using StateOf = std::function<TupleState(const FlowKey&)>;

  virtual ~AddressAllocator() = default;

  /// The endpoint to replay a session from; empty when none is left. One that rests is given only
  /// where no free one was found in a bounded search. An allocator whose addresses are not its own
  /// choice (keep) may return one in use; its session waits for it.
  virtual std::optional<Endpoint> Claim(const AddressClaim& claim, const StateOf& state_of) = 0;
  /// A claimed endpoint is no longer used towards `target`.
  virtual void Release(const Endpoint& local, const Endpoint& target) = 0;
};

}  // namespace tcpcopy
