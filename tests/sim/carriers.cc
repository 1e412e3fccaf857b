#include "tests/sim/carriers.h"

namespace tcpcopy::sim {

bool Carriers::Announce(const FlowKey& replayed) {
  if (up_.empty()) return false;
  known_[replayed] = up_;
  return true;
}

bool Carriers::AnnounceTo(const FlowKey& replayed, Carrier carrier) {
  if (!up_.contains(carrier)) return false;
  known_[replayed].insert(carrier);
  return true;
}

void Carriers::Settle(const FlowKey& replayed, Carrier carrier) { known_[replayed] = {carrier}; }

void Carriers::Withdraw(const FlowKey& replayed) { known_.erase(replayed); }

std::vector<ReplyPath::Carrier> Carriers::BringersOf(const FlowKey& replayed) const {
  if (!carriage_.used) return {0};
  const auto known = known_.find(replayed);
  if (known == known_.end()) return {};
  const std::set<Carrier>& knowing = known->second;
  if (carriage_.twice) return {knowing.begin(), knowing.end()};
  const auto seeing = static_cast<Carrier>(1 + replayed.local.port % 2);
  return knowing.contains(seeing) ? std::vector{seeing} : std::vector<Carrier>();
}

Instant Carriers::NextChange() const {
  if (carriage_.lost.empty() || changes_ == 2) return kNever;
  return Instant(changes_ == 0 ? carriage_.lost_at : carriage_.back_at);
}

Carriers::Changes Carriers::Change(Instant now) {
  Changes changes;
  while (NextChange() <= now) {
    if (++changes_ == 2) {
      up_ = {1, 2};
      changes.come = carriage_.lost;
      continue;
    }
    changes.gone = carriage_.lost;
    for (const Carrier carrier : changes.gone) {
      up_.erase(carrier);
      for (auto& [flow, knowing] : known_) knowing.erase(carrier);
    }
  }
  return changes;
}

}  // namespace tcpcopy::sim
