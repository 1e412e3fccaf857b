#pragma once

#include "src/io/packet_source.h"
#include "src/replay/target_contact.h"
#include "src/runtime/runnable.h"

namespace tcpcopy {

class ReplyCarriers;

/// What replays one transport: takes captured packets on both sides and owns the sessions.
class ReplayEngine {
 public:
  virtual ~ReplayEngine() = default;

  /// For the source that captures the clients.
  virtual PacketHandler& client_side() = 0;
  /// For the source that captures the target's replies.
  virtual PacketHandler& target_side() = 0;
  /// Who brings replies, to be told when they come and go; nullptr when they must be captured here.
  virtual ReplyCarriers* reply_carriers() { return nullptr; }

  /// No further client packet will come: sessions finish what they know.
  virtual void OnCaptureEnd() = 0;
  /// The capture begins anew, with the same packets or others: sessions finish what they know, and
  /// what is remembered of flows is forgotten, so that the same packets open other sessions.
  virtual void BeginRound() = 0;
  /// From now on no session is opened.
  virtual void StopOpening() = 0;
  /// Ends all active sessions at once.
  virtual void EndAll() = 0;
  /// --cpu-limit: whether the process uses more CPU than it may.
  virtual void SetOverCpuLimit(bool over) = 0;

  /// Whether a source that can wait (a file) may be read further.
  virtual bool MayRead() const = 0;
  /// Posted when `MayRead` may have become true. Not owned; nullptr for none.
  virtual void set_reader(Runnable* reader) = 0;

  /// With the targets of sessions until now.
  virtual const TargetContacts& contacts() const = 0;

  /// True when no session is left.
  virtual bool Idle() const = 0;
  /// Posted whenever the last session has gone. Not owned; nullptr for none.
  virtual void set_idle_listener(Runnable* listener) = 0;
};

}  // namespace tcpcopy
