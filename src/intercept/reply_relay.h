#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "netstack/wire/ip_reassembler.h"
#include "netstack/wire/link.h"
#include "netstack/wire/tcp_segment.h"
#include "src/intercept/address_rewrite.h"
#include "src/intercept/held_replies.h"
#include "src/intercept/route_table.h"
#include "src/intercept/wanted_replies.h"
#include "src/io/intercept/reply_listener.h"
#include "src/io/packet_source.h"
#include "src/io/reply_twins.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// Brings each caught reply to the tcpcopy that has announced its session: knows whose replies are
/// whose, and what there is to catch. Catches nothing and sends nothing itself.
class ReplyRelay final : public PacketHandler, public PeerHandler, private Timer {
 public:
  struct Options {
    std::vector<AddressRewrite> rewrites;
    std::vector<Endpoint> targets;  // named by the user: the peers' do not count then
    Duration route_timeout = std::chrono::hours(2);
    std::uint64_t hash_seed = 0;
  };

  /// Whom the relay works with. All but `send` may be empty.
  struct Events {
    /// As `ReplyListener::Send`.
    std::function<bool(PeerId, ConstBytes ip_packet, std::size_t wire_length)> send;
    /// What is wanted has changed.
    std::function<void()> on_wanted;
    /// As `PeerHandler::OnQuestion`.
    std::function<std::string(PeerId, std::string_view)> on_question;
    /// As `PeerHandler::Capture`.
    std::function<CaptureStats()> capture;
    /// A peer asks for the replies of `session`, or (`wanted` false) needs no more of them.
    std::function<void(const FlowKey& session, bool wanted)> on_session = {};
  };

  struct Stats {
    std::uint64_t caught = 0;      // packets, whatever they were
    std::uint64_t relayed = 0;     // replies handed to a peer
    std::uint64_t dropped = 0;     // replies that their peer could not take
    std::uint64_t stray = 0;       // replies that nobody asked for, among them ...
    std::uint64_t unclaimed = 0;   // ... those that were held in vain, or still are
    std::uint64_t held = 0;        // that came before their announcement
    std::uint64_t twins = 0;       // further views of a packet, on other interfaces
    std::uint64_t cut = 0;         // relayed with less payload than was wanted
    std::uint64_t rewritten = 0;   // by -D
    std::uint64_t unparsable = 0;  // neither TCP nor what routers tell, or cut in their headers
  };

  /// `loop` is not owned.
  ReplyRelay(EventLoop& loop, Options options, Events events);

  /// A caught packet.
  void OnPacket(const CapturedPacket& packet) override;

  void OnPeer(PeerId peer, const PeerHello& hello) override;
  void OnTargets(PeerId peer, std::span<const Endpoint> targets) override;
  void OnAnnounce(PeerId peer, const FlowKey& session) override;
  void OnWithdraw(PeerId peer, const FlowKey& session) override;
  std::string OnQuestion(PeerId peer, std::string_view question) override;
  void OnPeerGone(PeerId peer) override;
  CaptureStats Capture() const override;

  const WantedReplies& wanted() const { return wanted_; }
  const RouteTable& routes() const { return routes_; }
  std::size_t peers() const { return peers_.size(); }
  Stats stats() const;

 private:
  /// An IP packet with TCP in it. Non-owning.
  struct Reply {
    FlowKey session;  // local: the copier's end
    ConstBytes packet;
    std::size_t wire_length = 0;
    std::size_t tcp_at = 0;
    std::size_t payload_at = 0;  // of `packet`, which may end before it does on the wire
    TcpFlags flags;
  };

  void OnIpPacket(const LinkPayload& packet, const CapturedPacket& captured);
  template <typename IpView>
  void OnIpPacketOf(const LinkPayload& packet, const CapturedPacket& captured);
  void OnFragment(ConstBytes fragment, const CapturedPacket& captured);
  void OnReply(Reply& reply, const CapturedPacket& captured);
  void OnRouterMessage(const LinkPayload& packet);
  void Rewrite(Reply& reply);
  void Send(PeerId peer, ConstBytes packet, std::size_t wire_length);
  void OnTimer() override;
  void Tell(bool changed);

  EventLoop& loop_;
  const Options options_;
  const Events events_;
  WantedReplies wanted_;
  RouteTable routes_;
  HeldReplies held_;
  ReplyTwins twins_;
  IpReassembler reassembler_;
  std::map<PeerId, PeerHello> peers_;
  std::vector<std::uint8_t> rewritten_;  // the packet at hand
  Stats stats_;
};

}  // namespace tcpcopy
