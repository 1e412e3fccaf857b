#pragma once

#include <tsl/robin_map.h>

#include <boost/intrusive/list.hpp>
#include <deque>
#include <optional>
#include <vector>

#include "src/replay/datagram_session.h"

namespace tcpcopy {

/// The sessions of datagrams: owns them, finds them from both sides, and knows which should make
/// room first. Bounded; allocates only when more sessions are there than ever before.
class DatagramTable {
 public:
  /// Sessions that are looked at to find one that may make room.
  static constexpr int kMostLookedAt = 64;

  /// `most` must not be 0.
  DatagramTable(std::size_t most, std::uint64_t hash_seed)
      : most_(most),
        captured_(0, ClientFlowHash{hash_seed}),
        replayed_(0, FlowKeyHash{hash_seed + 1}) {}

  bool full() const { return size() >= most_; }
  std::size_t size() const { return replayed_.size(); }
  /// Whether there is one whose client says no more.
  bool any_over() const { return !over_.empty(); }

  /// The session of what is captured on `client`; nullptr when there is none.
  DatagramSession* FindCaptured(const ClientFlow& client) const;
  /// The session that is replayed on this 4-tuple (local: ours); nullptr when it is free.
  DatagramSession* FindReplayed(const FlowKey& replayed) const;

  /// There must be room, and neither side may be in use.
  DatagramSession& Create(DatagramSession::Owner& owner, const ClientFlow& client,
                          const FlowKey& replayed);
  /// Its client has spoken: it makes room last.
  void Touch(DatagramSession& session);
  /// Its client says no more; `client_over` is set. It makes room before all whose clients may.
  void LetGo(DatagramSession& session);
  void Destroy(DatagramSession& session);

  /// Of those whose clients may speak on, the one that has been silent for the longest; nullptr
  /// when there is none.
  DatagramSession* LongestSilent();

  /// The session that should make room first, among those for which `suits(session)` is true;
  /// nullptr when none of the first `kMostLookedAt` does.
  template <typename Suits>
  DatagramSession* FirstToGo(Suits suits) {
    int left = kMostLookedAt;
    for (List* const list : {&over_, &speaking_}) {
      for (DatagramSession& session : *list) {
        if (left-- == 0) return nullptr;
        if (suits(session)) return &session;
      }
    }
    return nullptr;
  }

  /// `visit` may destroy the session that it is given.
  template <typename Visit>
  void ForEach(Visit visit) {
    for (std::size_t i = 0; i < places_.size(); ++i) {
      if (places_[i]) visit(*places_[i]);
    }
  }

 private:
  using List = boost::intrusive::list<DatagramSession, boost::intrusive::constant_time_size<false>>;

  const std::size_t most_;
  std::deque<std::optional<DatagramSession>> places_;
  std::vector<std::size_t> free_;  // of `places_`
  tsl::robin_map<ClientFlow, DatagramSession*, ClientFlowHash> captured_;
  tsl::robin_map<FlowKey, DatagramSession*, FlowKeyHash> replayed_;
  List over_;      // by when their clients went
  List speaking_;  // by when their clients spoke last
};

}  // namespace tcpcopy
