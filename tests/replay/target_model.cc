#include "tests/replay/target_model.h"

#include <algorithm>
#include <stdexcept>

#include "netstack/wire/build_packet.h"
#include "netstack/wire/packet_view.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kSegmentBytes = 1000;
constexpr std::uint16_t kWindow = 65535;

std::string KeyOf(const FlowKey& flow) {
  return flow.local.ToString() + " > " + flow.peer.ToString();
}

}  // namespace

std::vector<std::uint8_t> TargetModel::Packet(const FlowKey& flow, const Connection& connection,
                                              std::uint8_t flags, const std::string& payload) {
  TcpSegment segment;
  segment.seq = SeqNum(connection.snd_nxt);
  segment.ack = SeqNum(connection.rcv_nxt);
  segment.flags.bits = flags;
  segment.window = kWindow;
  if ((flags & TcpFlags::kSyn) != 0) segment.options.mss = 1460;
  segment.payload_length = static_cast<std::uint32_t>(payload.size());
  const std::size_t header = HeaderLength(flow.local.address.family(), segment.options);
  std::vector<std::uint8_t> packet(header + payload.size());
  std::copy(payload.begin(), payload.end(), packet.begin() + static_cast<std::ptrdiff_t>(header));
  BuildPacket(flow.Reversed(), segment, 0, packet);
  return packet;
}

std::vector<std::vector<std::uint8_t>> TargetModel::OnPacket(ConstBytes packet) {
  const auto view = ParsePacket(LinkType::kRawIp, packet, packet.size());
  if (!view) throw std::logic_error("the target received a packet that does not parse");
  const TcpSegment& segment = view->segment;
  Packets out;
  if (gone) return out;
  if (segment.flags.syn()) {
    if (on_syn == OnSyn::kIgnore) return out;
    Accept(connections_[KeyOf(view->flow)], segment, view->flow, out);
    return out;
  }
  const auto it = connections_.find(KeyOf(view->flow));
  if (it == connections_.end()) return out;
  Connection& connection = it->second;
  if (segment.flags.rst()) {
    connection.reset_received = true;
    return out;
  }
  const std::size_t before = connection.received.size();
  const bool fin_before = connection.fin_received;
  Take(connection, segment);
  const bool news = connection.received.size() != before || connection.fin_received != fin_before;
  if (application && (news || (before == 0 && segment.payload_length == 0))) {
    application(connection);
  }
  Answer(connection, view->flow, segment.Length() > 0, out);
  return out;
}

std::vector<std::vector<std::uint8_t>> TargetModel::Flush(const FlowKey& flow) {
  Packets out;
  Answer(Of(flow), flow, false, out);
  return out;
}

void TargetModel::Accept(Connection& connection, const TcpSegment& syn, const FlowKey& flow,
                         Packets& out) {
  const std::uint32_t syns = connection.syns + 1;
  connection = Connection{};
  connection.syns = syns;
  connection.syn_options = syn.options;
  connection.rcv_nxt = (syn.seq + 1).raw();
  connection.snd_nxt = 0x7fffff00U;
  if (on_syn == OnSyn::kRefuse) {
    connection.snd_nxt = 0;
    out.push_back(Packet(flow, connection, TcpFlags::kRst | TcpFlags::kAck, ""));
    return;
  }
  out.push_back(Packet(flow, connection, TcpFlags::kSyn | TcpFlags::kAck, ""));
  ++connection.snd_nxt;
}

void TargetModel::Take(Connection& connection, const TcpSegment& segment) {
  connection.largest = std::max(connection.largest, segment.payload.size());
  if (segment.seq.raw() != connection.rcv_nxt) return;  // strict: nothing out of order
  if (connection.fin_received && segment.Length() > 0) {
    throw std::logic_error("the target received data behind a FIN");
  }
  connection.received.append(segment.payload.begin(), segment.payload.end());
  connection.rcv_nxt += segment.Length();
  connection.fin_received = connection.fin_received || segment.flags.fin();
}

void TargetModel::Answer(Connection& connection, const FlowKey& flow, bool ack_owed, Packets& out) {
  if (connection.reset) {
    out.push_back(Packet(flow, connection, TcpFlags::kRst | TcpFlags::kAck, ""));
    return;
  }
  while (!connection.to_send.empty()) {
    const std::string payload = connection.to_send.substr(0, kSegmentBytes);
    connection.to_send.erase(0, payload.size());
    const std::uint8_t push = connection.to_send.empty() ? TcpFlags::kPsh : 0;
    out.push_back(
        Packet(flow, connection, static_cast<std::uint8_t>(TcpFlags::kAck | push), payload));
    connection.snd_nxt += static_cast<std::uint32_t>(payload.size());
    ack_owed = false;
  }
  if (connection.close && !connection.fin_sent) {
    out.push_back(Packet(flow, connection, TcpFlags::kFin | TcpFlags::kAck, ""));
    ++connection.snd_nxt;
    connection.fin_sent = true;
    ack_owed = false;
  }
  if (ack_owed) out.push_back(Packet(flow, connection, TcpFlags::kAck, ""));
}

TargetModel::Connection& TargetModel::Of(const FlowKey& flow) {
  return connections_.at(KeyOf(flow));
}

TargetModel::Connection& TargetModel::only() {
  if (connections_.size() != 1) throw std::logic_error("not exactly one connection");
  return connections_.begin()->second;
}

}  // namespace tcpcopy
