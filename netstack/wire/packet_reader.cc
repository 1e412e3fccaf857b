#include "netstack/wire/packet_reader.h"

namespace tcpcopy {

Result<PacketView, ParseError> PacketReader::Read(const Frame& frame, Duration captured_at) {
  ConstBytes fragment;
  Result<PacketView, ParseError> view = ParsePacket(frame, fragment);
  for (int tunnels = 0; tunnels <= kMaxTunnels; ++tunnels) {
    if (view || view.error() != ParseError::kFragment) break;
    const ConstBytes whole = reassembler_.Add(fragment, captured_at);
    if (whole.empty()) break;
    view = ParsePacket(Frame{LinkType::kRawIp, whole, whole.size()}, fragment);
  }
  return view;
}

}  // namespace tcpcopy
