#include "src/intercept/route_table.h"

#include <iterator>

namespace tcpcopy {

RouteTable::RouteTable(Duration idle_timeout, std::uint64_t hash_seed, std::size_t max_routes)
    : idle_timeout_(idle_timeout),
      max_routes_(max_routes),
      routes_(0, Hash{FlowKeyHash{hash_seed}}) {}

void RouteTable::Add(const FlowKey& session, PeerId peer, Instant now) {
  Forget(now);
  ++stats_.added;
  ++sizes_[peer];
  const auto known = routes_.find(session);
  if (known != routes_.end()) {
    Route& route = **known;
    if (const auto former = sizes_.find(route.peer); former != sizes_.end()) --former.value();
    route.peer = peer;
    route.used = now;
    by_use_.splice(by_use_.end(), by_use_, Routes::s_iterator_to(route));
    return;
  }
  Route& route = Take();
  route.session = session;
  route.peer = peer;
  route.used = now;
  by_use_.push_back(route);
  routes_.insert(&route);
}

void RouteTable::Remove(const FlowKey& session, PeerId peer) {
  const auto known = routes_.find(session);
  if (known != routes_.end() && (*known)->peer == peer) Drop(**known);
}

std::optional<PeerId> RouteTable::Find(const FlowKey& session, Instant now) {
  Forget(now);
  const auto known = routes_.find(session);
  if (known == routes_.end() || IsDead(**known)) return std::nullopt;
  Route& route = **known;
  if (now - route.used > idle_timeout_) {
    ++stats_.expired;
    Drop(route);
    return std::nullopt;
  }
  route.used = now;
  by_use_.splice(by_use_.end(), by_use_, Routes::s_iterator_to(route));
  return route.peer;
}

std::size_t RouteTable::size() const {
  std::size_t sum = 0;
  for (const auto& [peer, routes] : sizes_) sum += routes;
  return sum;
}

/// A route that is in no list.
RouteTable::Route& RouteTable::Take() {
  if (free_.empty() && storage_.size() == max_routes_) {
    if (!IsDead(by_use_.front())) ++stats_.evicted;
    Drop(by_use_.front());
  }
  if (free_.empty()) return storage_.emplace_back();
  Route& route = free_.front();
  free_.pop_front();
  return route;
}

void RouteTable::Drop(Route& route) {
  if (const auto owner = sizes_.find(route.peer); owner != sizes_.end()) --owner.value();
  routes_.erase(&route);
  by_use_.erase(Routes::s_iterator_to(route));
  free_.push_back(route);
}

/// Takes back what is of no use any more: two at a time, which is more than can be added.
void RouteTable::Forget(Instant now) {
  for (int i = 0; i < 2 && !by_use_.empty(); ++i) {
    Route& oldest = by_use_.front();
    const bool dead = IsDead(oldest);
    if (!dead && now - oldest.used <= idle_timeout_) return;
    if (!dead) ++stats_.expired;
    Drop(oldest);
  }
}

}  // namespace tcpcopy
