#include "src/intercept/held_replies.h"

#include <algorithm>

namespace tcpcopy {

void HeldReplies::Hold(const FlowKey& session, ConstBytes packet, std::size_t wire_length,
                       Instant now) {
  const std::uint64_t number = ++held_;
  Held& held = ring_[number % kMost];
  if (held.number != 0) {
    const auto former = latest_.find(held.session);
    if (former != latest_.end() && former->second == held.number) latest_.erase(former);
  }
  held.session = session;
  held.since = now;
  held.number = number;
  held.length = std::min(packet.size(), kMaxBytes);
  held.wire_length = wire_length;
  std::copy_n(packet.begin(), held.length, held.bytes.begin());
  const auto [latest, first] = latest_.try_emplace(session, number);
  held.neighbour = first ? 0 : latest->second;
  latest.value() = number;
}

/// Takes the chain of `session` out and turns it round: the number of its oldest one that is not
/// too old, 0 for none; each one's neighbour is then the one after it.
std::uint64_t HeldReplies::Unlink(const FlowKey& session, Instant now) {
  const auto latest = latest_.find(session);
  if (latest == latest_.end()) return 0;
  std::uint64_t number = latest->second;
  latest_.erase(latest);
  std::uint64_t next = 0;
  while (number != 0) {
    Held& held = ring_[number % kMost];
    // Overwritten meanwhile, and so are those before it; or too old, as those before it are.
    if (held.number != number || now - held.since > kPatience) break;
    const std::uint64_t before = held.neighbour;
    held.neighbour = next;
    held.number = 0;
    next = number;
    number = before;
    ++taken_;
  }
  return next;
}

}  // namespace tcpcopy
