#pragma once

#include "src/replay/address_allocator.h"
#include "src/replay/port_share.h"

namespace tcpcopy {

/// Replays to a target in 127/8 from 127.64.0.0/10: four million addresses that nothing else uses,
/// so that each client, and each of its copies (-n), has one of its own and usually keeps its port
/// (DESIGN 5.1). With a share of the ports (-f) the port is the next one of the share.
class LoopbackAddresses final : public AddressAllocator {
 public:
  static constexpr std::uint32_t kFirst = 0x7f400000;  // 127.64.0.0
  static constexpr int kPrefixLength = 10;
  static constexpr std::uint32_t kMask = ~std::uint32_t{0} >> kPrefixLength;
  static constexpr int kTriesForAFreeOne = 64;  // before one that rests will do
  static constexpr int kMaxTries = 4096;

  /// Whether `target` is one to replay to from here. The guard asks the same.
  static bool Serves(const IpAddress& target) { return target.IsV4() && target.IsLoopback(); }

  /// Processes with different seeds give a client different addresses.
  explicit LoopbackAddresses(std::uint64_t seed = 0, PortShare share = {})
      : hash_(seed), share_(share) {}

  std::optional<Endpoint> Claim(const AddressClaim& claim, const StateOf& state_of) override;
  void Release(const Endpoint&, const Endpoint&) override {}

 private:
  std::uint16_t PortFor(std::uint16_t wanted) const;

  const FlowKeyHash hash_;
  const PortShare share_;
};

}  // namespace tcpcopy
