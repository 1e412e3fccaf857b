#pragma once

#include "src/replay/address_allocator.h"

namespace tcpcopy {

/// Replays to a target in 127/8 from 127.64.0.0/10: four million addresses that nothing else uses,
/// so that each client has one of its own and usually keeps its port (DESIGN 5.1).
class LoopbackAddresses final : public AddressAllocator {
 public:
  static constexpr std::uint32_t kFirst = 0x7f400000;  // 127.64.0.0
  static constexpr int kPrefixLength = 10;
  static constexpr std::uint32_t kMask = ~std::uint32_t{0} >> kPrefixLength;
  static constexpr int kMaxTries = 4096;

  /// Whether `target` is one to replay to from here. The guard asks the same.
  static bool Serves(const IpAddress& target) { return target.IsV4() && target.IsLoopback(); }

  /// Processes with different seeds give a client different addresses.
  explicit LoopbackAddresses(std::uint64_t seed = 0) : hash_(seed) {}

  std::optional<Endpoint> Claim(const Endpoint& client, const Endpoint& target,
                                const InUse& in_use) override;
  void Release(const Endpoint&, const Endpoint&) override {}

 private:
  const FlowKeyHash hash_;
};

}  // namespace tcpcopy
