#pragma once

#include <cstdint>

#include "netstack/base/time.h"

namespace tcpcopy {

/// What all connections of a process share.
struct TcpSettings {
  std::uint16_t mtu = 1500;                              // largest IP packet to send, bytes
  std::uint16_t max_mss = 65495;                         // MSS bound, bytes (-D)
  std::uint32_t receive_window = 1U << 20;               // bytes to advertise where scaling allows
  Duration initial_rto = std::chrono::seconds(1);        // RFC 6298 2.1
  Duration min_rto = std::chrono::milliseconds(200);     // below RFC 6298 2.4's second, as Linux
  Duration max_rto = std::chrono::seconds(60);           // RFC 6298 2.5
  Duration delayed_ack = std::chrono::milliseconds(40);  // RFC 9293 3.8.6.3: below 0.5 s
  // The handshake's last ACK waits so long for a request that bears it (RFC 9293 3.10.7.3).
  Duration handshake_ack_wait{0};
  Duration time_wait = std::chrono::seconds(1);  // short form: only re-ACKs a lost last ACK
  int max_syn_retransmits = 9;
  // So many SYNs again before the timeout doubles, as Linux 6.5 and later: a lost SYN is mostly
  // bad luck, and RFC 6298 5.5 would cost a copied session seconds that its client did not wait.
  int linear_syn_timeouts = 4;
  int max_retransmits = 10;  // then `CloseReason::kTimedOut`
};

}  // namespace tcpcopy
