#pragma once

#include <functional>
#include <optional>

#include "src/replay/admission.h"
#include "src/replay/copy_arrival.h"
#include "src/replay/replay_policy.h"
#include "src/runtime/call.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// The way in: judges sessions that begin, and has a source that can wait (a file) read on when
/// `Admission` and the engine's own room allow more.
class Gate {
 public:
  /// `loop` and `policy` are not owned. `has_room`: whether the engine can take more of a source
  /// that can wait.
  Gate(EventLoop& loop, const ReplayPolicy& policy, std::function<bool()> has_room);
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// Why the session that begins with `arrival` is not let in; empty when it is. All of its copies
  /// are told the same; there may still not be room for all.
  std::optional<Outcome> Refuse(CopyArrival& arrival);

  bool MayRead() const;
  /// To be called whenever there may be room again.
  void WakeReader();
  /// Posted when `MayRead` may have become true. Not owned; nullptr for none.
  void set_reader(Runnable* reader) { reader_ = reader; }
  void SetOverCpuLimit(bool over);

 private:
  EventLoop& loop_;
  const ReplayPolicy& policy_;
  const std::function<bool()> has_room_;
  Admission admission_;
  CallTimer timer_;  // to read on when the rate allows it
  Runnable* reader_ = nullptr;
};

}  // namespace tcpcopy
