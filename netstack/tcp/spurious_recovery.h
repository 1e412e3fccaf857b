#pragma once

#include <cstdint>

namespace tcpcopy {

/// Finds out that a recovery was a mistake, because what was taken for lost had arrived: the ACK
/// that follows echoes the timestamp of the first transmission (Eifel, RFC 3522 3.2), or D-SACK
/// reports every retransmission as received twice (RFC 3708 3).
class SpuriousRecovery {
 public:
  /// A recovery begins; nothing has been sent again for it.
  void Begin() {
    *this = SpuriousRecovery();
    active_ = true;
  }
  /// A segment is sent again, with the timestamp `stamp`.
  void OnRetransmit(std::uint32_t stamp) {
    if (!active_) return;
    if (retransmits_++ == 0) first_stamp_ = stamp;
  }
  /// SND.UNA has advanced by an ACK that echoes `stamp`. True when the recovery was spurious.
  bool OnEcho(std::uint32_t stamp) {
    if (!active_ || retransmits_ == 0 || echo_seen_) return false;
    echo_seen_ = true;  // only the first such ACK tells
    return static_cast<std::int32_t>(stamp - first_stamp_) < 0;
  }
  /// One retransmission was reported as received twice. True when all were.
  bool OnDuplicate() { return active_ && retransmits_ > 0 && ++duplicates_ == retransmits_; }
  void End() { active_ = false; }
  bool active() const { return active_; }

 private:
  std::uint32_t first_stamp_ = 0;
  std::uint16_t retransmits_ = 0;
  std::uint16_t duplicates_ = 0;
  bool echo_seen_ = false;
  bool active_ = false;
};

}  // namespace tcpcopy
