#include "netstack/wire/icmp_error.h"

#include "netstack/wire/ip_fragment.h"
#include "netstack/wire/ip_payload.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kHeaderBytes = 8;       // ICMP's own, in both families
constexpr std::size_t kPortsAndSeqBytes = 8;  // as much of what is quoted as RFC 792 promises

/// What was quoted: whose packet, and what of its transport. Empty when that cannot be told.
struct Quoted {
  IpAddress source;
  IpAddress destination;
  std::uint8_t protocol = 0;
  ConstBytes transport;
};

std::optional<Quoted> ReadQuoted(IpFamily family, ConstBytes packet) {
  const auto whole = IpPayload::Read({family, packet, packet.size()});
  if (whole) return Quoted{whole->source, whole->destination, whole->protocol, whole->bytes};
  if (whole.error() != ParseError::kFragment) return std::nullopt;
  // We cut datagrams ourselves; TCP never is.
  const std::optional<IpFragment> piece = IpFragment::ReadCut(packet);
  if (!piece || piece->offset != 0 || piece->protocol != kIpProtocolUdp) return std::nullopt;
  return Quoted{piece->key.source, piece->key.destination, piece->protocol, piece->payload};
}

}  // namespace

std::optional<IcmpError> IcmpError::Parse(const Frame& frame, std::uint8_t protocol) {
  const Result<LinkPayload, ParseError> packet = StripLink(frame);
  if (!packet) return std::nullopt;
  const Result<IpPayload, ParseError> outer = IpPayload::Read(*packet);
  const bool v4 = packet->family == IpFamily::kV4;
  if (!outer || outer->protocol != (v4 ? kIpProtocolIcmp : kIpProtocolIcmpv6)) return std::nullopt;
  const ConstBytes message = outer->bytes;
  if (message.size() < kHeaderBytes) return std::nullopt;
  const ConstBytes quoted = message.subspan(kHeaderBytes);
  const std::optional<Quoted> inner = ReadQuoted(packet->family, quoted);
  if (!inner || inner->protocol != protocol || inner->transport.size() < kPortsAndSeqBytes) {
    return std::nullopt;
  }
  const std::uint8_t* const transport = inner->transport.data();
  return IcmpError{.from = outer->source,
                   .type = message[0],
                   .code = message[1],
                   .rest = LoadBe32(message.data() + 4),
                   .flow = {.local = {inner->source, LoadBe16(transport)},
                            .peer = {inner->destination, LoadBe16(transport + 2)}},
                   .seq = SeqNum(LoadBe32(transport + 4)),
                   .quoted = quoted};
}

}  // namespace tcpcopy
