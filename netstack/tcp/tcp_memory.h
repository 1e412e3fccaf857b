#pragma once

#include "netstack/base/block_pool.h"
#include "netstack/base/slab.h"
#include "netstack/tcp/assembler.h"
#include "netstack/tcp/loss_recovery.h"

namespace tcpcopy {

/// Where connections take what they need for a while only. Must outlive them.
struct TcpMemory {
  /// `payload` is not owned.
  explicit TcpMemory(BlockPool& payload) : blocks(payload) {}

  BlockPool& blocks;                // bytes, and what is known of very many in flight
  Slab<LossRecovery> recoveries{};  // at most one a connection
  Slab<Assembler> assemblers{};     // at most one a connection

  /// At most what one connection takes here, beside blocks.
  static constexpr std::size_t kBytesAConnection =
      Slab<LossRecovery>::BytesOfOne() + Slab<Assembler>::BytesOfOne();
};

}  // namespace tcpcopy
