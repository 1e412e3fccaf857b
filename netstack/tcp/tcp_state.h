#pragma once

#include <cstdint>
#include <string_view>

namespace tcpcopy {

enum class TcpState : std::uint8_t {  // RFC 9293 3.3.2, LISTEN left out
  kClosed,
  kSynSent,
  kSynReceived,
  kEstablished,
  kFinWait1,
  kFinWait2,
  kCloseWait,
  kClosing,
  kLastAck,
  kTimeWait,
};

enum class CloseReason : std::uint8_t {
  kNone,      // not closed, or never opened
  kNormal,    // FINs of both sides exchanged
  kRefused,   // RST in SYN-SENT, or in SYN-RECEIVED
  kReset,     // RST later
  kTimedOut,  // retransmissions were never answered
  kAborted,   // Abort() was called
};

/// The RFC's spelling: "SYN-SENT", "FIN-WAIT-1", ...
std::string_view ToString(TcpState state);

/// "none", "normal", "refused", ...
std::string_view ToString(CloseReason reason);

}  // namespace tcpcopy
