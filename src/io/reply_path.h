#pragma once

#include <cstdint>

#include "netstack/wire/flow_key.h"

namespace tcpcopy {

/// How replies that do not come to this host by themselves get here: by way of others, who must be
/// told whose replies are wanted. A session is announced to all of them; the one that brings the
/// answer to its SYN carries it from then on.
class ReplyPath {
 public:
  /// Names one of the others; 0 is none. `CapturedPacket::carrier` tells who brought a reply.
  using Carrier = std::uint16_t;

  virtual ~ReplyPath() = default;

  /// Asks for the replies to `replayed` (local: ours, peer: the target), before its SYN leaves.
  /// False: there is nobody at the moment who could bring them.
  virtual bool Announce(const FlowKey& replayed) = 0;
  /// Asks `carrier` only, which has brought some before. False: it cannot be told now.
  virtual bool AnnounceTo(const FlowKey& replayed, Carrier carrier) = 0;
  /// `carrier` brings the replies; the others no longer need to.
  virtual void Settle(const FlowKey& replayed, Carrier carrier) = 0;
  /// The session is over: nobody needs to bring its replies. Harmless for one that was never
  /// announced.
  virtual void Withdraw(const FlowKey& replayed) = 0;
};

}  // namespace tcpcopy
