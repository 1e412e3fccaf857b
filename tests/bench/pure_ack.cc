#include "tests/bench/pure_ack.h"

#include "netstack/wire/build_packet.h"

namespace tcpcopy::bench {

std::vector<std::uint8_t> PureAck(const IpAddress& from, const IpAddress& to) {
  constexpr std::uint16_t kDiscard = 9;
  const FlowKey flow{{from, 40000}, {to, kDiscard}};
  TcpSegment segment;
  segment.source_port = flow.local.port;
  segment.destination_port = flow.peer.port;
  segment.seq = SeqNum(1);
  segment.ack = SeqNum(1);
  segment.flags = TcpFlags{TcpFlags::kAck};
  segment.window = 65535;
  std::vector<std::uint8_t> packet(HeaderLength(IpFamily::kV4, segment.options));
  BuildPacket(flow, segment, 1, packet);
  return packet;
}

}  // namespace tcpcopy::bench
