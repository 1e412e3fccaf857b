#pragma once

#include <cstdint>
#include <optional>

#include "netstack/base/time.h"

namespace tcpcopy::sim {

/// How a target's TCP is set up and behaves; all of it is allowed by the RFCs. Shares are of 1,000.
struct TargetSetup {
  std::optional<std::uint16_t> mss = 1460;
  std::optional<std::uint8_t> window_scale = 7;
  bool timestamps = true;
  bool sack = true;
  bool dsack = true;             // RFC 2883
  std::uint32_t window = 65535;  // receive buffer, bytes
  bool slow_reader = false;      // the application reads a little now and then: zero windows
  bool shrinks = false;          // what is not read is taken from the window offered before
  unsigned ack_every = 1;        // data segments that one ACK answers; more than 2: stretch ACKs
  Duration delayed_ack{0};       // how long fewer of them wait for theirs
  unsigned reneges = 0;          // forgets what lies behind a hole (RFC 2018 8)
  unsigned repeats_acks = 0;     // sends an ACK twice
  Duration rto = std::chrono::milliseconds(250);

  /// Acknowledges at once, and never changes its mind.
  bool IsPlain() const {
    return !slow_reader && !shrinks && ack_every == 1 && reneges == 0 && repeats_acks == 0;
  }
};

}  // namespace tcpcopy::sim
