#include "netstack/wire/ip_payload.h"

#include "netstack/wire/ipv4_view.h"
#include "netstack/wire/ipv6_view.h"

namespace tcpcopy {
namespace {

template <typename IpView>
Result<IpPayload, ParseError> ReadAs(const LinkPayload& packet) {
  const Result<IpView, ParseError> ip = IpView::Parse(packet.packet, packet.wire_length);
  if (!ip) return Err(ip.error());
  return IpPayload{ip->source(), ip->destination(), ip->protocol(), ip->payload(),
                   ip->payload_length()};
}

}  // namespace

Result<IpPayload, ParseError> IpPayload::Read(const LinkPayload& packet) {
  return packet.family == IpFamily::kV4 ? ReadAs<Ipv4View>(packet) : ReadAs<Ipv6View>(packet);
}

}  // namespace tcpcopy
