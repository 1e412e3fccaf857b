#include "tests/sim/network.h"

#include <algorithm>

namespace tcpcopy::sim {

Duration Path::UpTo(Duration most) {
  return Duration(
      static_cast<Duration::rep>(prng_.Below(static_cast<std::uint64_t>(most.count()) + 1)));
}

void Path::Send(Packet packet, Instant now) {
  const bool too_large = faults_.black_hole > 0 && packet.size() > faults_.black_hole;
  Instant at = std::max(now, line_free_);
  if (Happens(faults_.loss) || too_large || at - now > faults_.queue) {
    ++lost_;
    return;
  }
  if (Happens(faults_.corrupt)) {
    packet[prng_.Below(packet.size())] ^= static_cast<std::uint8_t>(1U << prng_.Below(8));
    ++lost_;
  }
  if (faults_.bytes_per_second > 0) {
    at += Duration(
        static_cast<Duration::rep>(packet.size() * 1'000'000'000ULL / faults_.bytes_per_second));
    line_free_ = at;
  }
  at += faults_.delay + UpTo(faults_.jitter);
  if (Happens(faults_.reorder)) at += UpTo(faults_.reorder_delay);
  if (Happens(faults_.duplicate)) Deliver(packet, at + UpTo(faults_.reorder_delay));
  if (Happens(faults_.stale)) Deliver(packet, at + UpTo(faults_.stale_delay));
  Deliver(std::move(packet), at);
}

void Path::Deliver(Packet packet, Instant at) {
  on_the_way_.emplace(std::pair(at, sent_++), std::move(packet));
}

Instant Path::Next() const {
  return on_the_way_.empty() ? kNever : on_the_way_.begin()->first.first;
}

Packet Path::Take() {
  Packet packet = std::move(on_the_way_.begin()->second);
  on_the_way_.erase(on_the_way_.begin());
  return packet;
}

void Path::Heal() {
  faults_.loss = faults_.duplicate = faults_.reorder = faults_.corrupt = faults_.stale = 0;
  faults_.queue = Faults::kNoQueueLimit;
}

}  // namespace tcpcopy::sim
