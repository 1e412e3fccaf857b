#pragma once

#include <cstdint>
#include <string>

#include "netstack/wire/flow_key.h"

namespace tcpcopy {

/// The i-th of N parts of all captured sessions (--shard i/N), so that N processes that know
/// nothing of each other replay each session exactly once. A session's part is told by its captured
/// flow alone. The rule is fixed for ever (docs/OPERATIONS.md): runs of different versions, on
/// different machines, divide a capture in the same way.
class Shard {
 public:
  static constexpr std::uint32_t kMost = 1'000'000;

  /// All sessions.
  Shard() = default;
  /// Part `number` of `count`, 1 <= number <= count <= kMost.
  Shard(std::uint32_t number, std::uint32_t count);

  /// Whether the client's packets of the flow `captured`, with the client as its local end, are of
  /// this part.
  bool Contains(const FlowKey& captured) const {
    return count_ == 1 || HashOf(captured) % count_ + 1 == number_;
  }
  /// What is of no flow (packets that cannot be read so far) is counted by the first part alone.
  bool CountsFlowless() const { return number_ == 1; }

  bool IsAll() const { return count_ == 1; }
  std::uint32_t number() const { return number_; }
  std::uint32_t count() const { return count_; }
  /// "2/3".
  std::string ToString() const;

  /// FNV-1a, 64 bits, of the client's address (4 or 16 bytes), its port, production's address and
  /// its port, all in network order; then MurmurHash3's 64-bit finalizer, without which the last
  /// bits would be those of the ports.
  static std::uint64_t HashOf(const FlowKey& captured);

 private:
  std::uint32_t number_ = 1;
  std::uint32_t count_ = 1;
};

}  // namespace tcpcopy
