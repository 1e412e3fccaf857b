#pragma once

#include <cstdint>

namespace tcpcopy {

/// What a session's coroutine can wait for. Packets never wake it by themselves.
class Milestones {
 public:
  static constexpr std::uint8_t kEstablished = 1;  // the target's SYN-ACK came
  static constexpr std::uint8_t kClientTurn = 2;   // the captured client said or did something new
  static constexpr std::uint8_t kAnswered = 4;     // the target's stream has grown
  static constexpr std::uint8_t kDelivered = 8;    // all that was sent is acknowledged
  static constexpr std::uint8_t kClosed = 16;      // the connection is over, or in TIME-WAIT
  static constexpr std::uint8_t kDeadline = 32;    // the time given to the wait has passed

  constexpr Milestones() = default;
  explicit constexpr Milestones(std::uint8_t bits) : bits_(bits) {}

  constexpr bool Has(std::uint8_t milestone) const { return (bits_ & milestone) != 0; }

 private:
  std::uint8_t bits_ = 0;
};

}  // namespace tcpcopy
