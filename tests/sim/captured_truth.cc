#include "tests/sim/captured_truth.h"

#include <algorithm>
#include <optional>

#include "netstack/wire/packet_view.h"

namespace tcpcopy::sim {

CapturedTruth ReadCapture(const SessionScript& script) {
  CapturedTruth truth;
  std::vector<std::optional<char>> bytes(script.ClientBytes().size());
  std::int64_t known_end = 0;  // the client has sent so much
  for (const auto& [at, packet] : script.packets) {
    const auto view = ParsePacket(LinkType::kRawIp, packet, packet.size());
    const TcpSegment& segment = view->segment;
    truth.syn = truth.syn || segment.flags.syn();
    truth.reset = truth.reset || segment.flags.rst();
    truth.fin = truth.fin || segment.flags.fin();
    const bool syn = segment.flags.syn();
    std::int64_t offset = OffsetOf(syn ? segment.seq + 1 : segment.seq, script.iss, 0);
    if (segment.flags.rst()) {
      known_end = std::max(known_end, offset);
      continue;  // what a RST says is a reason, no data
    }
    truth.speaks = truth.speaks || !segment.payload.empty();
    known_end = std::max<std::int64_t>(known_end, offset + segment.payload_length);
    for (const std::uint8_t byte : segment.payload) {
      auto& place = bytes[static_cast<std::size_t>(offset++)];
      if (!place) place = static_cast<char>(byte);
    }
  }
  for (const auto& byte : bytes) {
    if (!byte) break;
    truth.stream += *byte;
  }
  // Behind the FIN the client's numbers tell of no further byte.
  if (truth.fin) known_end = static_cast<std::int64_t>(bytes.size());
  truth.gap = known_end > static_cast<std::int64_t>(truth.stream.size());
  return truth;
}

}  // namespace tcpcopy::sim
