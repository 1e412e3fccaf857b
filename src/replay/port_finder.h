#pragma once

#include <cstdint>
#include <optional>

#include "src/replay/address_allocator.h"
#include "src/replay/port_share.h"

namespace tcpcopy {

/// Finds ports of addresses that are free to use any (not bound to those that a kernel left us).
/// Ports from 1024 on, in turn, so that each rests long before it is used again.
class PortFinder {
 public:
  static constexpr int kTriesForAFreeOne = 64;  // before one that rests will do
  static constexpr int kMaxTries = 4096;        // of ports of the share; next time it looks on

  explicit PortFinder(PortShare share) : share_(share) {}

  /// A port of `local` towards `target`: `wanted` where that is free, else another one. Empty when
  /// `kMaxTries` were in use.
  std::optional<Endpoint> Find(const IpAddress& local, std::uint16_t wanted, const Endpoint& target,
                               const AddressAllocator::StateOf& state_of);

 private:
  std::uint16_t NextPort();

  const PortShare share_;
  std::uint16_t last_ = 65535;
};

}  // namespace tcpcopy
