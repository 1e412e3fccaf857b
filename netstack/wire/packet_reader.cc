#include "netstack/wire/packet_reader.h"

#include "netstack/wire/ip_payload.h"

namespace tcpcopy {
namespace {

/// `parse(frame, fragment)`, and again for what a fragment has made whole.
template <typename View, typename Parse>
Result<View, ParseError> ReadWhole(const Frame& frame, IpReassembler& reassembler,
                                   Duration captured_at, Parse parse) {
  ConstBytes fragment;
  Result<View, ParseError> view = parse(frame, fragment);
  for (int tunnels = 0; tunnels <= kMaxTunnels; ++tunnels) {
    if (view || view.error() != ParseError::kFragment) break;
    const ConstBytes whole = reassembler.Add(fragment, captured_at);
    if (whole.empty()) break;
    view = parse(Frame{LinkType::kRawIp, whole, whole.size()}, fragment);
  }
  return view;
}

}  // namespace

Result<PacketView, ParseError> PacketReader::Read(const Frame& frame, Duration captured_at) {
  const auto parse = [](const Frame& each, ConstBytes& fragment) {
    return ParsePacket(each, fragment);
  };
  return ReadWhole<PacketView>(frame, reassembler_, captured_at, parse);
}

Result<DatagramView, ParseError> PacketReader::ReadDatagram(const Frame& frame,
                                                            const WantedDatagrams& wanted,
                                                            Duration captured_at) {
  const auto parse = [&wanted](const Frame& each, ConstBytes& fragment) {
    return ParseDatagram(each, wanted, fragment);
  };
  return ReadWhole<DatagramView>(frame, reassembler_, captured_at, parse);
}

}  // namespace tcpcopy
