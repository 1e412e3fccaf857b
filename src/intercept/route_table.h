#pragma once

#include <tsl/robin_map.h>
#include <tsl/robin_set.h>

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <deque>
#include <optional>

#include "netstack/base/time.h"
#include "netstack/wire/flow_key.h"
#include "src/io/intercept/reply_listener.h"

namespace tcpcopy {

/// Which peer wants the replies to which session. A route that nobody has used for a while is
/// forgotten: peers that speak the classic protocol never withdraw any. Bounded: at `max_routes`
/// the one that was unused for the longest makes room. Each call is O(1); a route takes some 120
/// bytes.
class RouteTable {
 public:
  static constexpr std::size_t kMaxRoutes = 1 << 20;

  struct Stats {
    std::uint64_t added = 0;
    std::uint64_t expired = 0;  // unused for too long
    std::uint64_t evicted = 0;  // made room for another one
  };

  RouteTable(Duration idle_timeout, std::uint64_t hash_seed, std::size_t max_routes = kMaxRoutes);

  /// `peer` wants the replies to `session` (local: the copier's end), and whoever wanted them
  /// before does not get them any more. Times never go back.
  void Add(const FlowKey& session, PeerId peer, Instant now);
  /// No effect when the route is another peer's, or none.
  void Remove(const FlowKey& session, PeerId peer);
  /// `peer` has gone, and all its routes with it.
  void RemoveAll(PeerId peer) { sizes_.erase(peer); }
  /// Whose the replies to `session` are. Asking is using.
  std::optional<PeerId> Find(const FlowKey& session, Instant now);

  /// Routes of those who have not gone.
  std::size_t size() const;
  const Stats& stats() const { return stats_; }

 private:
  struct Route : boost::intrusive::list_base_hook<> {
    FlowKey session;
    PeerId peer = 0;
    Instant used{};
  };
  using Routes = boost::intrusive::list<Route>;

  // The table holds routes by pointer, which spares a second copy of their keys.
  static const FlowKey& KeyOf(const FlowKey& session) { return session; }
  static const FlowKey& KeyOf(const Route* route) { return route->session; }
  struct Hash {
    using is_transparent = void;
    FlowKeyHash hash;
    template <typename T>
    std::size_t operator()(const T& key) const {
      return hash(KeyOf(key));
    }
  };
  struct Equal {
    using is_transparent = void;
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return KeyOf(a) == KeyOf(b);
    }
  };

  bool IsDead(const Route& route) const { return !sizes_.contains(route.peer); }
  Route& Take();
  void Drop(Route& route);
  void Forget(Instant now);

  const Duration idle_timeout_;
  const std::size_t max_routes_;
  std::deque<Route> storage_;  // as many as there were at once
  Routes free_;
  Routes by_use_;  // the one that was unused for the longest is first
  tsl::robin_set<Route*, Hash, Equal> routes_;
  tsl::robin_map<PeerId, std::size_t> sizes_;  // routes of each peer that has not gone
  Stats stats_;
};

}  // namespace tcpcopy
