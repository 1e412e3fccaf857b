#include "src/replay/client_acks.h"

namespace tcpcopy {

bool ClientAcks::OnClientSegment(const TcpSegment& segment, const ClientStream& client,
                                 TcpConnection& connection) {
  const bool is_pure = segment.payload_length == 0 && segment.flags.bits == TcpFlags::kAck;
  if (!is_pure || client.answered() <= noted_) return false;
  noted_ = client.answered();
  return ahead_.PushBack({.end = client.bytes(), .answered = noted_}) && Mirror(connection);
}

void ClientAcks::OnReply(TcpConnection& connection) {
  if (!established_ && connection.was_established()) {
    established_ = true;
    connection.AckAlone();
  }
  Mirror(connection);
}

void ClientAcks::OnTurn(std::uint64_t offset) {
  while (!ahead_.empty() && ahead_.front().end <= offset) ahead_.PopFront();
}

bool ClientAcks::Mirror(TcpConnection& connection) {
  if (ahead_.empty() || ahead_.front().answered > connection.received()) return false;
  while (!ahead_.empty() && ahead_.front().answered <= connection.received()) ahead_.PopFront();
  connection.AckAlone();
  return true;
}

}  // namespace tcpcopy
