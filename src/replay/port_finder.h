#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "src/replay/address_allocator.h"
#include "src/replay/port_share.h"

namespace tcpcopy {

/// Finds ports of addresses that are free to use any (not bound to those that a kernel left us).
/// Ports from 1024 on, in turn, so that each rests long before it is used again.
class PortFinder {
 public:
  static constexpr int kTriesForAFreeOne = 64;  // before one that rests will do
  static constexpr int kMaxTries = 4096;        // of ports of the share; next time it looks on

  explicit PortFinder(PortShare share);

  /// A port of `local` towards `target`: `wanted` where that is free, else another one. Empty when
  /// `kMaxTries`, or all of the share, were in use.
  std::optional<Endpoint> Find(const IpAddress& local, std::uint16_t wanted, const Endpoint& target,
                               const AddressAllocator::StateOf& state_of);

 private:
  const PortShare share_;
  std::vector<std::uint16_t> ports_;  // of the share, which may be few among many
  std::size_t next_ = 0;
};

}  // namespace tcpcopy
