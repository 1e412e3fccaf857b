#include "tests/sim/reuse_target.h"

#include <algorithm>

namespace tcpcopy::sim {
namespace {

constexpr std::uint64_t kMostThinking = 2'000'000;  // us

}  // namespace

void ReuseTarget::OnPacket(const Packet& packet, Instant now) {
  const auto view = ParsePacket(LinkType::kRawIp, packet, packet.size());
  if (!view) return;
  const TcpSegment& segment = view->segment;
  if (segment.flags.syn()) return OnSyn(*view, now);
  const auto it = connections_.find(view->flow);
  if (it == connections_.end()) return;
  Connection& connection = it->second;
  if (segment.flags.rst()) {
    if (connection.open) --live_;
    connections_.erase(it);
    return;
  }
  const bool fin_acked = connection.fin_sent && segment.ack == connection.snd_nxt;
  if (segment.seq == connection.rcv_nxt && segment.Length() > 0) {
    connection.rcv_nxt += static_cast<std::uint32_t>(segment.Length());
    if (segment.payload_length > 0) Schedule(view->flow, connection, prng_.Below(2) == 0, now);
    if (segment.flags.fin()) connection.fin_received = true;
    if (segment.flags.fin() && !connection.fin_sent) Schedule(view->flow, connection, true, now);
    Emit(view->flow, connection, connection.snd_nxt, TcpFlags::kAck, "");
  } else if (segment.Length() > 0) {
    Emit(view->flow, connection, connection.snd_nxt, TcpFlags::kAck, "");
  }
  if (!connection.open || !connection.fin_received || !fin_acked) return;
  --live_;
  connection.open = false;
  connection.time_wait_until = connection.closed_first ? now + kTimeWait : now;
}

void ReuseTarget::OnSyn(const PacketView& view, Instant now) {
  const SeqNum seq = view.segment.seq;
  Connection& connection = connections_[view.flow];
  if (connection.open) {
    if (seq != connection.irs) ++verdict_.collisions;
    return;
  }
  if (connection.time_wait_until > now) {
    if (seq <= connection.rcv_nxt) {
      ++verdict_.not_acceptable;
      return Emit(view.flow, connection, connection.snd_nxt, TcpFlags::kAck, "");
    }
    ++verdict_.reused_early;
  }
  connection = {};
  connection.open = true;
  connection.irs = seq;
  connection.rcv_nxt = seq + 1;
  const SeqNum iss(static_cast<std::uint32_t>(prng_.Next()));
  connection.snd_nxt = iss + 1;
  ++verdict_.accepted;
  verdict_.most_live = std::max(verdict_.most_live, ++live_);
  Emit(view.flow, connection, iss, TcpFlags::kSyn | TcpFlags::kAck, "");
}

void ReuseTarget::Schedule(const FlowKey& flow, const Connection& connection, bool close,
                           Instant now) {
  const auto thinking = std::chrono::microseconds(prng_.Below(kMostThinking));
  due_.push({now + thinking, scheduled_++, flow, connection.irs, close});
}

void ReuseTarget::OnTime(Instant now) {
  while (NextTimer() <= now) {
    const Due due = due_.top();
    due_.pop();
    const auto it = connections_.find(due.flow);
    if (it == connections_.end() || !it->second.open || it->second.irs != due.irs) continue;
    Connection& connection = it->second;
    if (!connection.fin_received) {
      Emit(due.flow, connection, connection.snd_nxt, TcpFlags::kAck | TcpFlags::kPsh, "ok");
      connection.snd_nxt += 2;
    }
    if (!due.close || connection.fin_sent) continue;
    Emit(due.flow, connection, connection.snd_nxt, TcpFlags::kAck | TcpFlags::kFin, "");
    connection.closed_first = !connection.fin_received;
    connection.fin_sent = true;
    connection.snd_nxt += 1;
  }
}

void ReuseTarget::Emit(const FlowKey& flow, const Connection& connection, SeqNum seq,
                       std::uint8_t flags, std::string_view text) {
  TcpSegment segment;
  segment.seq = seq;
  segment.ack = connection.rcv_nxt;
  segment.flags.bits = flags;
  segment.window = 65535;
  if (segment.flags.syn()) segment.options.mss = 1460;
  send_(MakePacket(flow.Reversed(), segment, text));
}

}  // namespace tcpcopy::sim
