#pragma once

#include <tsl/robin_map.h>

#include <vector>

#include "src/replay/client_flow.h"
#include "src/replay/session.h"

namespace tcpcopy {

/// Finds sessions from both sides: by what was captured, and by what is replayed. Sessions that
/// want a 4-tuple towards the target which another one still uses wait for it in a line. Owns no
/// session; its size is bounded by the session pool. Each call is O(1), however long a line is.
class FlowTable {
 public:
  explicit FlowTable(std::uint64_t hash_seed)
      : captured_(0, ClientFlowHash{hash_seed}), replayed_(0, FlowKeyHash{hash_seed + 1}) {}

  /// The session whose client sends on `captured`; nullptr when there is none.
  Session* FindCaptured(const ClientFlow& captured) const;
  /// The session that uses the 4-tuple `replayed` (local: ours); nullptr when it is free.
  Session* FindReplayed(const FlowKey& replayed) const;

  /// Enters `session`. True when it has its 4-tuple and may start, false when it has to wait in
  /// line.
  bool Add(Session& session);
  /// The client's packets no longer belong to `session`.
  void ForgetCaptured(Session& session);
  /// No client's packets belong to any session any more. Returns those that some did belong to, in
  /// the order of their flows.
  std::vector<Session*> ForgetAllCaptured();
  /// Takes `session` out of everything. Returns the one that has its 4-tuple now and may start, or
  /// nullptr.
  Session* Remove(Session& session);

  std::size_t size() const { return replayed_.size(); }
  /// Sessions that wait in line.
  std::size_t waiting() const { return waiting_; }

  /// At most what a session takes here: both tables double when half of their places are taken.
  static constexpr std::size_t kBytesAFlow = 4 * (sizeof(ClientFlow) + sizeof(FlowKey) + 48);

 private:
  /// Those who want one 4-tuple: the first has it.
  struct Line {
    Session* first = nullptr;
    Session* last = nullptr;
  };
  tsl::robin_map<ClientFlow, Session*, ClientFlowHash> captured_;
  tsl::robin_map<FlowKey, Line, FlowKeyHash> replayed_;
  std::size_t waiting_ = 0;
};

}  // namespace tcpcopy
