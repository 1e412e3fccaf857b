#pragma once

#include <functional>
#include <optional>

#include "netstack/wire/packet_reader.h"
#include "src/io/packets_to.h"
#include "src/io/reply_twins.h"
#include "src/replay/address_allocator.h"
#include "src/replay/datagram_sender.h"
#include "src/replay/datagram_table.h"
#include "src/replay/gate.h"
#include "src/replay/recent_flows.h"
#include "src/replay/replay_engine.h"
#include "src/replay/replay_policy.h"
#include "src/replay/session_end.h"
#include "src/replay/target_map.h"
#include "src/runtime/call.h"

namespace tcpcopy {

/// Replays UDP: each datagram leaves when it is captured (or due), whatever the target answers. The
/// datagrams of one client to one production endpoint are a session, which ends when its client has
/// been silent for `idle_timeout` and no reply needs to be waited for any more. When there is no
/// room, or no port, for a new one, the session makes room whose client has been silent for
/// longest.
class DatagramReplay final : public ReplayEngine,
                             private DatagramSession::Owner,
                             private DatagramSender::Owner {
 public:
  /// What the replay works with. Nothing is owned.
  struct Parts {
    EventLoop& loop;
    PacketSink& sink;
    Ledger& ledger;
    const ReplayPolicy& policy;
    const TargetMap& targets;
    AddressAllocator& addresses;
    DatagramSender::Settings sending;
    /// Live: whether an address is this host's, so that a mapping without a source copies only what
    /// arrives here. Empty for files: any address counts.
    std::function<bool(const IpAddress&)> is_own;
    std::uint64_t hash_seed = 0;
    /// Called with the first packet that the capture's snapshot length cut; may be empty.
    std::function<void(const CapturedPacket&)> on_first_cut;
    /// Called with what became of each session, once; may be empty.
    std::function<void(const SessionEnd&)> on_session_end;
  };

  explicit DatagramReplay(const Parts& parts);
  DatagramReplay(const DatagramReplay&) = delete;
  DatagramReplay& operator=(const DatagramReplay&) = delete;

  PacketHandler& client_side() override { return client_side_; }
  PacketHandler& target_side() override { return target_side_; }
  void OnCaptureEnd() override;
  void BeginRound() override;
  /// Datagrams of sessions that there are already are not copied any more, either: they have no end
  /// that could be waited for.
  void StopOpening() override;
  void EndAll() override;
  void SetOverCpuLimit(bool over) override { gate_.SetOverCpuLimit(over); }
  /// A file is not read on while datagrams wait for a way out, nor before the rate, or the CPU
  /// limit, allows more; at the limit of sessions, not while there is one that ends by itself.
  bool MayRead() const override { return gate_.MayRead(); }
  void set_reader(Runnable* reader) override { gate_.set_reader(reader); }
  const TargetContacts& contacts() const override { return contacts_; }
  bool Idle() const override { return sessions_.size() == 0; }
  void set_idle_listener(Runnable* listener) override { idle_listener_ = listener; }

 private:
  /// One captured datagram on its way to one copy of its session.
  struct Arrival : CopyArrival {
    const DatagramView& view;
    const Mapping& mapping;
    Duration at;
  };
  /// A flow that is not replayed.
  struct LeftOut {
    Outcome outcome;
    Duration last;  // when its client spoke last, in the capture
    /// So many copies (-n) share this fate, of which the first is remembered.
    std::uint16_t sessions;
  };

  void OnClientPacket(const CapturedPacket& packet);
  bool CountsFlowless(ParseError error) const;
  void CountTwin(const CapturedPacket& packet);
  const Mapping* Selected(const DatagramView& view) const;
  PacketVerdict Route(Arrival& arrival);
  PacketVerdict OnNewFlow(Arrival& arrival);
  std::optional<Outcome> Refuse(Arrival& arrival);
  std::optional<Endpoint> Claim(const Arrival& arrival);
  bool FreeTuple(const FlowKey& replayed);
  PacketVerdict LeaveOut(Arrival& arrival, Outcome outcome);
  bool IsWithoutOtherCopies(const Arrival& arrival);
  LeftOut* FindLeftOut(const ClientFlow& client, Duration at);
  PacketVerdict CountLeftOut(Arrival& arrival, LeftOut& flow, std::uint64_t sessions);
  void Deliver(const Arrival& arrival, DatagramSession& session);

  void OnReplyPacket(const CapturedPacket& packet);
  std::optional<FlowKey> FlowOfReply(const CapturedPacket& packet);
  void OnRouterMessage(const CapturedPacket& packet);

  Duration CaptureTime(const CapturedPacket& packet) const;
  void ForgetSilent(Duration now);
  void LookAround();
  void LetGo(DatagramSession& session);
  void Await(DatagramSession& session);
  bool MakeRoom(const std::function<bool(const DatagramSession&)>& suits);
  void Finish(DatagramSession& session);

  void OnSessionDue(DatagramSession& session) override;
  void OnDatagramSent(DatagramSession& session, std::size_t bytes) override;
  void OnAllSent() override { gate_.WakeReader(); }
  bool AwaitsRoom() const;

  const Parts parts_;
  const DatagramSession::Patience patience_;
  const WantedDatagrams wanted_;          // of clients
  const WantedDatagrams wanted_replies_;  // of targets
  const AddressAllocator::StateOf state_of_;
  TargetContacts contacts_;
  DatagramTable sessions_;
  DatagramSender sender_;
  Gate gate_;
  RecentFlows<LeftOut> left_out_;
  PacketReader reader_of_clients_;
  ReplyTwins client_twins_;
  ReplyTwins reply_twins_;
  PacketsTo<&DatagramReplay::OnClientPacket> client_side_{*this};
  PacketsTo<&DatagramReplay::OnReplyPacket> target_side_{*this};
  std::uint64_t round_ = 0;
  CallTimer look_timer_;  // live: for those whose clients fall silent
  Runnable* idle_listener_ = nullptr;
  bool opening_ = true;
};

}  // namespace tcpcopy
