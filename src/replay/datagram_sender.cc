#include "src/replay/datagram_sender.h"

#include <algorithm>

#include "netstack/wire/build_packet.h"

namespace tcpcopy {

DatagramSender::Fate DatagramSender::Send(DatagramSession& session, ConstBytes payload) {
  const FlowKey& flow = session.replayed();
  const IpFamily family = flow.local.address.family();
  if (payload.size() > LongestDatagram(family)) return Fate::kTooLong;
  const std::size_t headers = DatagramHeaderLength(family);
  const std::size_t length = headers + payload.size();
  if (SendAtOnce(session, payload, length)) return Fate::kTaken;
  const std::size_t memory = length + kBytesAWaiting;
  if (waiting_bytes_ + memory > settings_.most_waiting) return Fate::kNoRoom;
  std::vector<std::uint8_t> packet(length);
  std::ranges::copy(payload, packet.begin() + static_cast<std::ptrdiff_t>(headers));
  ++identification_;
  BuildDatagram(flow, static_cast<std::uint16_t>(identification_), packet);
  ++session.waiting;
  waiting_bytes_ += memory;
  const bool first = waiting_.empty();
  waiting_.emplace_back(session, std::move(packet), MtuTo(flow.peer.address), identification_);
  if (first) SendWaiting();
  return Fate::kTaken;
}

/// False when it does not fit into one packet, or others wait for a slot.
bool DatagramSender::SendAtOnce(DatagramSession& session, ConstBytes payload, std::size_t length) {
  const FlowKey& flow = session.replayed();
  if (waiting() || length > MtuTo(flow.peer.address)) return false;
  SendSlot* const slot = sink_.Acquire();
  if (slot == nullptr) return false;
  const MutableBytes packet = slot->buffer.first(length);
  std::ranges::copy(payload, packet.end() - static_cast<std::ptrdiff_t>(payload.size()));
  BuildDatagram(flow, static_cast<std::uint16_t>(++identification_), packet);
  sink_.Send(slot, length, flow.peer.address);
  owner_.OnDatagramSent(session, payload.size());
  return true;
}

void DatagramSender::SendWaiting() {
  while (waiting()) {
    SendSlot* const slot = sink_.Acquire();
    if (slot == nullptr) {
      if (!is_linked()) sink_.PostWhenFree(*this);
      return;
    }
    Waiting& first = waiting_.front();
    const FlowKey& flow = first.session.replayed();
    sink_.Send(slot, first.pieces.Next(slot->buffer), flow.peer.address);
    if (first.pieces.left() > 0) continue;
    DatagramSession& session = first.session;
    const std::size_t length = first.packet.size();
    const std::size_t headers = DatagramHeaderLength(flow.local.address.family());
    waiting_bytes_ -= length + kBytesAWaiting;
    waiting_.pop_front();
    --session.waiting;
    owner_.OnDatagramSent(session, length - headers);
  }
  owner_.OnAllSent();
}

void DatagramSender::Clear() {
  for (Waiting& each : waiting_) --each.session.waiting;
  waiting_.clear();
  waiting_bytes_ = 0;
  unlink();
}

void DatagramSender::LearnPathMtu(const IpAddress& target, std::size_t mtu) {
  if (target.IsV4()) return;
  path_mtu_[target] = {std::max(mtu, kLeastMtuV6), loop_.Now() + kPathMtuLifetime};
}

std::size_t DatagramSender::MtuTo(const IpAddress& target) const {
  const auto known = path_mtu_.find(target);
  if (known == path_mtu_.end() || loop_.Now() >= known->second.until) return settings_.mtu;
  return std::min(settings_.mtu, known->second.mtu);
}

}  // namespace tcpcopy
