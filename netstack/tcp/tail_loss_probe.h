#pragma once

#include <cstdint>

namespace tcpcopy {

/// The one probe that asks for an ACK when the end of what is in flight may have been lost
/// (RFC 8985 7), and what its answer says: a repeated segment may have repaired a loss that nobody
/// saw, which the congestion window must not profit from (7.4).
class TailLossProbe {
 public:
  /// The probe leaves, ending at position `end`; `repeated` when it brings nothing new.
  void OnSent(std::uint64_t end, bool repeated) {
    end_ = end;
    repeated_ = repeated;
  }
  /// SND.UNA is `una` now. `dsack`: the ACK reports something received twice; `is_duplicate`: it
  /// says nothing new. True when the probe turns out to have repaired a loss.
  bool OnAck(std::uint64_t una, bool dsack, bool is_duplicate) {
    if (end_ == 0 || una < end_) return false;
    if (una == end_ && repeated_ && !dsack && !is_duplicate) return false;  // either transmission's
    const bool repaired = repeated_ && !dsack && una > end_;
    end_ = 0;
    return repaired;
  }
  /// A timeout or a recovery asks by itself.
  void Forget() { end_ = 0; }

  bool is_out() const { return end_ > 0; }

 private:
  std::uint64_t end_ = 0;  // 0: none
  bool repeated_ = false;
};

}  // namespace tcpcopy
