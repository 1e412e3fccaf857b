#include "src/intercept/wanted_replies.h"

#include <algorithm>

namespace tcpcopy {

bool WantedReplies::AddPeer(PeerId peer, std::uint32_t payload_bytes) {
  const bool first = peers_.empty();
  const std::uint32_t before = this->payload_bytes();
  peers_[peer] = payload_bytes;
  const bool new_targets = Add(peer, fixed_);
  return first || new_targets || this->payload_bytes() != before;
}

bool WantedReplies::AddTargets(PeerId peer, std::span<const Endpoint> targets) {
  return fixed_.empty() && peers_.contains(peer) && Add(peer, targets);
}

bool WantedReplies::Add(PeerId peer, std::span<const Endpoint> targets) {
  bool changed = false;
  for (const Endpoint& endpoint : targets) {
    auto known = targets_.find(endpoint);
    if (known == targets_.end()) {
      if (targets_.size() == kMaxTargets) continue;
      known = targets_.try_emplace(endpoint).first;
      changed = true;
    }
    Target& target = known->second;
    target.until = kNever;
    if (std::ranges::find(target.peers, peer) == target.peers.end()) target.peers.push_back(peer);
  }
  return changed;
}

bool WantedReplies::RemovePeer(PeerId peer, Instant now) {
  const std::uint32_t before = payload_bytes();
  if (peers_.erase(peer) == 0) return false;
  for (auto& [endpoint, target] : targets_) {
    if (std::erase(target.peers, peer) > 0 && target.peers.empty()) target.until = now + kLinger;
  }
  return peers_.empty() || payload_bytes() != before;
}

bool WantedReplies::Forget(Instant now) {
  return std::erase_if(targets_, [&](const auto& entry) { return entry.second.until <= now; }) > 0;
}

Instant WantedReplies::NextChange() const {
  Instant next = kNever;
  for (const auto& [endpoint, target] : targets_) next = std::min(next, target.until);
  return next;
}

std::uint32_t WantedReplies::payload_bytes() const {
  std::uint32_t most = 0;
  for (const auto& [peer, bytes] : peers_) most = std::max(most, bytes);
  return most;
}

std::vector<Endpoint> WantedReplies::targets() const {
  std::vector<Endpoint> all;
  for (const auto& [endpoint, target] : targets_) all.push_back(endpoint);
  return all;
}

}  // namespace tcpcopy
