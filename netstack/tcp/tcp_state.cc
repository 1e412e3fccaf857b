#include "netstack/tcp/tcp_state.h"

namespace tcpcopy {

std::string_view ToString(TcpState state) {
  switch (state) {
    case TcpState::kClosed:
      return "CLOSED";
    case TcpState::kSynSent:
      return "SYN-SENT";
    case TcpState::kSynReceived:
      return "SYN-RECEIVED";
    case TcpState::kEstablished:
      return "ESTABLISHED";
    case TcpState::kFinWait1:
      return "FIN-WAIT-1";
    case TcpState::kFinWait2:
      return "FIN-WAIT-2";
    case TcpState::kCloseWait:
      return "CLOSE-WAIT";
    case TcpState::kClosing:
      return "CLOSING";
    case TcpState::kLastAck:
      return "LAST-ACK";
    case TcpState::kTimeWait:
      return "TIME-WAIT";
  }
  return "?";
}

std::string_view ToString(CloseReason reason) {
  switch (reason) {
    case CloseReason::kNone:
      return "none";
    case CloseReason::kNormal:
      return "normal";
    case CloseReason::kRefused:
      return "refused";
    case CloseReason::kReset:
      return "reset";
    case CloseReason::kTimedOut:
      return "timed out";
    case CloseReason::kAborted:
      return "aborted";
  }
  return "?";
}

}  // namespace tcpcopy
