#include "tests/sim/client_watch.h"

#include "netstack/wire/packet_view.h"

namespace tcpcopy::sim {
namespace {

std::string KeyOf(const FlowKey& flow) {
  return flow.local.ToString() + " > " + flow.peer.ToString();
}

}  // namespace

void ClientWatch::OnSent(const Packet& packet, Instant now) {
  if (packet.size() > mtu_) complain_("a packet larger than the MTU");
  if (!ChecksumIsRight(packet)) complain_("a packet with a wrong checksum");
  const auto view = ParsePacket(LinkType::kRawIp, packet, packet.size());
  if (!view) return complain_("a packet that does not parse");
  const std::string key = KeyOf(view->flow);
  ClientRules*& newest = newest_[key];
  const TcpSegment& segment = view->segment;
  if (segment.flags.syn() && (newest == nullptr || newest->iss() != segment.seq.raw())) {
    connections_.emplace_back(
        segment, view->flow.local.address.IsV4(),
        [this, key](const std::string& what) { complain_(key + ": " + what); });
    newest = &connections_.back();
  }
  if (newest == nullptr) return complain_(key + ": a segment before the SYN");
  newest->OnSent(segment, now);
}

void ClientWatch::OnReceived(const Packet& packet) {
  const auto view = ParsePacket(LinkType::kRawIp, packet, packet.size());
  if (!view) return;
  const auto it = newest_.find(KeyOf(view->flow.Reversed()));
  if (it != newest_.end()) it->second->OnReceived(view->segment);
}

std::uint64_t ClientWatch::repeated() const {
  std::uint64_t sum = 0;
  for (const ClientRules& connection : connections_) sum += connection.repeated();
  return sum;
}

}  // namespace tcpcopy::sim
