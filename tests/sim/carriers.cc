#include "tests/sim/carriers.h"

namespace tcpcopy::sim {

bool Carriers::Announce(const FlowKey& replayed) {
  if (up_.empty()) return false;
  known_[replayed] = up_;
  return true;
}

void Carriers::Settle(const FlowKey& replayed, Carrier carrier) { known_[replayed] = {carrier}; }

void Carriers::Withdraw(const FlowKey& replayed) { known_.erase(replayed); }

std::vector<ReplyPath::Carrier> Carriers::BringersOf(const FlowKey& replayed) const {
  if (!carriage_.used) return {0};
  const auto known = known_.find(replayed);
  if (known == known_.end() || known->second.empty()) return {};
  std::vector<Carrier> bringers(known->second.begin(), known->second.end());
  if (!carriage_.twice) bringers = {bringers[replayed.local.port % bringers.size()]};
  return bringers;
}

Instant Carriers::NextChange() const {
  if (carriage_.lost.empty() || changes_ == 2) return kNever;
  return Instant(changes_ == 0 ? carriage_.lost_at : carriage_.back_at);
}

std::set<ReplyPath::Carrier> Carriers::Change(Instant now) {
  std::set<Carrier> gone;
  while (NextChange() <= now) {
    if (++changes_ == 2) {
      up_ = {1, 2};
      continue;
    }
    gone = carriage_.lost;
    for (const Carrier carrier : gone) {
      up_.erase(carrier);
      for (auto& [flow, knowing] : known_) knowing.erase(carrier);
    }
  }
  return gone;
}

}  // namespace tcpcopy::sim
