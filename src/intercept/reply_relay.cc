#include "src/intercept/reply_relay.h"

#include <algorithm>
#include <utility>

#include "netstack/wire/ip_protocol.h"
#include "netstack/wire/ipv4_view.h"
#include "netstack/wire/ipv6_view.h"
#include "netstack/wire/packet_too_big.h"
#include "netstack/wire/tcp_view.h"

namespace tcpcopy {

ReplyRelay::ReplyRelay(EventLoop& loop, Options options, Events events)
    : loop_(loop),
      options_(std::move(options)),
      events_(std::move(events)),
      wanted_(options_.targets),
      routes_(options_.route_timeout, options_.hash_seed),
      held_(options_.hash_seed + 1) {}

// ---------------------------------------------------------------------------------------------------
// Caught packets.

void ReplyRelay::OnPacket(const CapturedPacket& packet) {
  ++stats_.caught;
  const auto link = StripLink({packet.link, packet.bytes, packet.wire_length});
  if (!link) {
    ++stats_.unparsable;
    return;
  }
  OnIpPacket(*link, packet);
}

void ReplyRelay::OnIpPacket(const LinkPayload& packet, const CapturedPacket& captured) {
  if (packet.family == IpFamily::kV4) return OnIpPacketOf<Ipv4View>(packet, captured);
  OnIpPacketOf<Ipv6View>(packet, captured);
}

template <typename IpView>
void ReplyRelay::OnIpPacketOf(const LinkPayload& packet, const CapturedPacket& captured) {
  const Result<IpView, ParseError> ip = IpView::Parse(packet.packet, packet.wire_length);
  if (!ip && ip.error() == ParseError::kFragment) return OnFragment(packet.packet, captured);
  if (ip && (ip->protocol() == kIpProtocolIcmp || ip->protocol() == kIpProtocolIcmpv6)) {
    return OnRouterMessage(packet);
  }
  const bool has_tcp = ip && ip->protocol() == kIpProtocolTcp;
  const auto tcp = has_tcp ? TcpView::Parse(ip->payload(), ip->payload_length())
                           : Result<TcpView, ParseError>(Err(ParseError::kNotTcp));
  if (!tcp) {
    ++stats_.unparsable;
    return;
  }
  const auto tcp_at = static_cast<std::size_t>(ip->payload().data() - packet.packet.data());
  Reply reply{.session = {.local = {ip->destination(), tcp->destination_port()},
                          .peer = {ip->source(), tcp->source_port()}},
              .packet = packet.packet.first(tcp_at + ip->payload().size()),
              .wire_length = tcp_at + ip->payload_length(),
              .tcp_at = tcp_at,
              .payload_at = tcp_at + tcp->header_length(),
              .flags = tcp->flags()};
  OnReply(reply, captured);
}

void ReplyRelay::OnFragment(ConstBytes fragment, const CapturedPacket& captured) {
  const ConstBytes whole = reassembler_.Add(fragment, captured.captured_at);
  if (whole.empty()) return;
  CapturedPacket joined = captured;
  joined.interface = 0;  // the reassembler has left out the copies of its pieces
  OnIpPacket({whole[0] >> 4 == 4 ? IpFamily::kV4 : IpFamily::kV6, whole, whole.size()}, joined);
}

void ReplyRelay::OnReply(Reply& reply, const CapturedPacket& captured) {
  Rewrite(reply);
  if (twins_.Contains(reply.packet, captured.interface, captured.captured_at)) {
    ++stats_.twins;
    return;
  }
  const Instant now = loop_.Now();
  const std::optional<PeerId> peer = routes_.Find(reply.session, now);
  if (peer) {
    const std::size_t payload = reply.packet.size() - reply.payload_at;
    const std::size_t whole = reply.wire_length - reply.payload_at;
    if (payload < std::min<std::size_t>(whole, peers_[*peer].payload_bytes)) ++stats_.cut;
    return Send(*peer, reply.packet, reply.wire_length);
  }
  // Only the first answer can be quicker than the announcement.
  if (reply.flags.syn() || reply.flags.rst()) {
    held_.Hold(reply.session, reply.packet, reply.wire_length, now);
  } else {
    ++stats_.stray;
  }
}

/// A router's word that a packet of a copier did not fit comes the way of the replies.
void ReplyRelay::OnRouterMessage(const LinkPayload& packet) {
  const auto told = PacketTooBig::Parse({LinkType::kRawIp, packet.packet, packet.wire_length});
  const std::optional<PeerId> peer =
      told ? routes_.Find(told->flow, loop_.Now()) : std::optional<PeerId>();
  if (!peer || peers_[*peer].protocol == ReplyProtocol::kClassic) return;
  Send(*peer, packet.packet, packet.wire_length);
}

void ReplyRelay::Rewrite(Reply& reply) {
  if (options_.rewrites.empty()) return;
  rewritten_.assign(reply.packet.begin(), reply.packet.end());
  bool any = false;
  for (const AddressRewrite& rewrite : options_.rewrites) {
    any = rewrite.Apply(rewritten_, reply.tcp_at) || any;
  }
  if (!any) return;
  ++stats_.rewritten;
  reply.packet = rewritten_;
  const std::size_t address_bytes = reply.session.local.address.bytes().size();
  const std::size_t source_at = address_bytes == 4 ? 12 : 8;
  const ConstBytes addresses = ConstBytes(rewritten_).subspan(source_at, 2 * address_bytes);
  reply.session.peer = {IpAddress::FromBytes(addresses.first(address_bytes)),
                        LoadBe16(&rewritten_[reply.tcp_at])};
  reply.session.local = {IpAddress::FromBytes(addresses.last(address_bytes)),
                         LoadBe16(&rewritten_[reply.tcp_at + 2])};
}

void ReplyRelay::Send(PeerId peer, ConstBytes packet, std::size_t wire_length) {
  ++(events_.send(peer, packet, wire_length) ? stats_.relayed : stats_.dropped);
}

// ---------------------------------------------------------------------------------------------------
// Peers.

void ReplyRelay::OnPeer(PeerId peer, const PeerHello& hello) {
  peers_[peer] = hello;
  Tell(wanted_.AddPeer(peer, hello.payload_bytes));
}

void ReplyRelay::OnTargets(PeerId peer, std::span<const Endpoint> targets) {
  Tell(wanted_.AddTargets(peer, targets));
}

void ReplyRelay::OnAnnounce(PeerId peer, const FlowKey& session) {
  if (!peers_.contains(peer)) return;
  Tell(wanted_.AddTargets(peer, {&session.peer, 1}));
  routes_.Add(session, peer, loop_.Now());
  if (events_.on_session) events_.on_session(session, true);
  held_.Take(session, loop_.Now(),
             [&](ConstBytes packet, std::size_t wire_length) { Send(peer, packet, wire_length); });
}

void ReplyRelay::OnWithdraw(PeerId peer, const FlowKey& session) {
  routes_.Remove(session, peer);
  if (events_.on_session) events_.on_session(session, false);
}

std::string ReplyRelay::OnQuestion(PeerId peer, std::string_view question) {
  return events_.on_question ? events_.on_question(peer, question) : std::string();
}

void ReplyRelay::OnPeerGone(PeerId peer) {
  routes_.RemoveAll(peer);
  peers_.erase(peer);
  const bool changed = wanted_.RemovePeer(peer, loop_.Now());
  loop_.timers().Set(*this, wanted_.NextChange());
  Tell(changed);
}

CaptureStats ReplyRelay::Capture() const {
  return events_.capture ? events_.capture() : CaptureStats();
}

void ReplyRelay::OnTimer() {
  const bool changed = wanted_.Forget(loop_.Now());
  loop_.timers().Set(*this, wanted_.NextChange());
  Tell(changed);
}

void ReplyRelay::Tell(bool changed) {
  if (changed && events_.on_wanted) events_.on_wanted();
}

ReplyRelay::Stats ReplyRelay::stats() const {
  Stats stats = stats_;
  stats.held = held_.held();
  stats.unclaimed = held_.held() - held_.taken();
  stats.stray += stats.unclaimed;
  return stats;
}

}  // namespace tcpcopy
