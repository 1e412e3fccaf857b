#include "tests/sim/strict_target.h"

#include <algorithm>

namespace tcpcopy::sim {
namespace {

std::string KeyOf(const FlowKey& flow) {
  return flow.local.ToString() + " > " + flow.peer.ToString();
}

}  // namespace

void StrictTarget::OnPacket(const Packet& packet, Instant now) {
  if (!ChecksumIsRight(packet)) return;
  const auto view = ParsePacket(LinkType::kRawIp, packet, packet.size());
  if (!view) return violations_.push_back("a packet that does not parse");
  if (view->segment.flags.syn()) return OnSyn(*view, now);
  const auto it = newest_.find(KeyOf(view->flow));
  if (it == newest_.end()) return;
  const bool contradicted = it->second->contradicted();
  it->second->OnSegment(view->segment, now);
  if (it->second->contradicted() != contradicted) {
    violations_.push_back(it->first + ": bytes sent again differ from the first time");
  }
}

void StrictTarget::OnSyn(const PacketView& view, Instant now) {
  switch (listener_(view.flow)) {
    case Reception::kRefuse:
      return Refuse(view);
    case Reception::kIgnore:
      return;
    case Reception::kAccept:
      break;
  }
  TargetConnection*& newest = newest_[KeyOf(view.flow)];
  if (newest != nullptr && !newest->MakesWayFor(view.segment, now)) return;
  connections_.emplace_back(host_, view.flow, view.segment, Prng(prng_.Next()), now);
  newest = &connections_.back();
}

void StrictTarget::Refuse(const PacketView& view) {
  TcpSegment reset;
  reset.ack = view.segment.seq + view.segment.Length();
  reset.flags.bits = TcpFlags::kRst | TcpFlags::kAck;
  host_.send(MakePacket(view.flow.Reversed(), reset, ""));
}

void StrictTarget::OnTime(Instant now) {
  for (const auto& [key, connection] : newest_) connection->OnTime(now);
}

Instant StrictTarget::NextTimer() const {
  Instant next = kNever;
  for (const auto& [key, connection] : newest_) next = std::min(next, connection->NextTimer());
  return next;
}

}  // namespace tcpcopy::sim
