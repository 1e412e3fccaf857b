// Input: one byte of link type, two of how much more there was on the wire, then the frame; and the
// same bytes once more as two packets.
#include <iterator>

#include "netstack/base/check.h"
#include "netstack/wire/ip_fragment.h"
#include "netstack/wire/ip_protocol.h"
#include "netstack/wire/packet_reader.h"
#include "netstack/wire/packet_too_big.h"

namespace tcpcopy {
namespace {

constexpr LinkType kLinkTypes[] = {LinkType::kNull,         LinkType::kEthernet,  LinkType::kRawIp,
                                   LinkType::kLoop,         LinkType::kLinuxSll,  LinkType::kIpv4,
                                   LinkType::kIpv6,         LinkType::kLinuxSll2, LinkType::kPpp,
                                   LinkType::kPppoeSession, LinkType::kCiscoHdlc, LinkType::kMpls};

void ParseOne(ConstBytes input) {
  if (input.size() < 3) return;
  const LinkType link = kLinkTypes[input[0] % std::size(kLinkTypes)];
  const std::size_t missing = LoadBe16(&input[1]);
  const ConstBytes frame = input.subspan(3);
  const auto too_big = PacketTooBig::Parse({link, frame, frame.size() + missing});
  const auto parsed = ParsePacket(link, frame, frame.size() + missing);
  if (!parsed) {
    TCPCOPY_CHECK(!ToString(parsed.error()).empty());
    return;
  }
  TCPCOPY_CHECK(!too_big);
  const ConstBytes payload = parsed->segment.payload;
  TCPCOPY_CHECK(payload.size() <= parsed->segment.payload_length);
  TCPCOPY_CHECK(payload.data() >= frame.data());
  TCPCOPY_CHECK(payload.data() + payload.size() <= frame.data() + frame.size());
  TCPCOPY_CHECK(parsed->segment.options.sack_count <= TcpOptions::kMaxSackBlocks);
}

/// The same for UDP; `wanted` decides between datagrams in each other.
void ParseOneDatagram(ConstBytes input, bool wanted) {
  if (input.size() < 3) return;
  const LinkType link = kLinkTypes[input[0] % std::size(kLinkTypes)];
  const std::size_t missing = LoadBe16(&input[1]);
  const ConstBytes frame = input.subspan(3);
  (void)PacketTooBig::Parse({link, frame, frame.size() + missing}, kIpProtocolUdp);
  ConstBytes fragment;
  const auto parsed = ParseDatagram(
      {link, frame, frame.size() + missing}, [wanted](const FlowKey&) { return wanted; }, fragment);
  if (!parsed) {
    TCPCOPY_CHECK(!ToString(parsed.error()).empty());
    if (!fragment.empty()) (void)IpFragment::ReadCut(fragment);
    return;
  }
  TCPCOPY_CHECK(parsed->payload.size() <= parsed->payload_length);
  TCPCOPY_CHECK(parsed->payload.data() >= frame.data());
  TCPCOPY_CHECK(parsed->payload.data() + parsed->payload.size() <= frame.data() + frame.size());
}

/// Reads `input` as two frames, so that it may hold both pieces of a packet.
void ReadTwo(ConstBytes input) {
  PacketReader reader;
  const std::size_t half = input.size() / 2;
  for (const ConstBytes frame : {input.first(half), input.subspan(half)}) {
    const auto read = reader.Read({LinkType::kRawIp, frame, frame.size()}, Duration(0));
    if (!read) continue;
    TCPCOPY_CHECK(read->segment.payload.size() <= read->segment.payload_length);
  }
  const WantedDatagrams any = [](const FlowKey&) { return true; };
  PacketReader datagrams;
  for (const ConstBytes frame : {input.first(half), input.subspan(half)}) {
    const auto read =
        datagrams.ReadDatagram({LinkType::kRawIp, frame, frame.size()}, any, Duration(0));
    if (!read) continue;
    TCPCOPY_CHECK(read->payload.size() <= read->payload_length);
  }
}

}  // namespace
}  // namespace tcpcopy

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tcpcopy::ParseOne({data, size});
  tcpcopy::ParseOneDatagram({data, size}, false);
  tcpcopy::ParseOneDatagram({data, size}, true);
  tcpcopy::ReadTwo({data, size});
  return 0;
}
