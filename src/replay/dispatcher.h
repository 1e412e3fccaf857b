#pragma once

#include <functional>
#include <map>

#include "netstack/wire/packet_reader.h"
#include "src/io/packet_source.h"
#include "src/io/packets_to.h"
#include "src/io/reply_path.h"
#include "src/io/reply_twins.h"
#include "src/replay/address_allocator.h"
#include "src/replay/flow_table.h"
#include "src/replay/gate.h"
#include "src/replay/left_out_flow.h"
#include "src/replay/recent_flows.h"
#include "src/replay/replay_engine.h"
#include "src/replay/reply_carriers.h"
#include "src/replay/resting_tuples.h"
#include "src/replay/session_end.h"
#include "src/replay/session_pool.h"
#include "src/replay/target_map.h"

namespace tcpcopy {

/// Routes packets: what clients sent to their sessions (a SYN opens one, or is refused into the
/// ledger), what targets answered and routers told of it likewise. Owns the sessions.
class Dispatcher final : public ReplayEngine, private SessionOwner {
 public:
  /// What the dispatcher works with. Nothing is owned.
  struct Parts {
    EventLoop& loop;
    PacketSink& sink;
    BlockPool& blocks;
    Ledger& ledger;
    const ReplayPolicy& policy;
    const IsnGenerator& isn;
    const TargetMap& targets;
    AddressAllocator& addresses;
    /// By whom replies come; nullptr: they are captured here.
    ReplyPath* reply_path = nullptr;
    /// Live: whether an address is this host's, so that a mapping without a source copies only what
    /// arrives here. Empty for files: any address counts.
    std::function<bool(const IpAddress&)> is_own;
    std::uint64_t hash_seed = 0;
    /// Called with the first packet whose headers, or client's payload, the capture's snapshot
    /// length cut; may be empty.
    std::function<void(const CapturedPacket&)> on_first_cut;
    /// Called with each session that has its outcome, or is left out; may be empty.
    std::function<void(const SessionEnd&)> on_session_end = {};
  };

  /// At most what one session, and one remembered flow of each kind, take; for planning memory.
  static constexpr std::size_t kBytesASession =
      SessionPool::kBytesASession + FlowTable::kBytesAFlow + TcpMemory::kBytesAConnection +
      Slab<Backlog>::BytesOfOne();
  static constexpr std::size_t kBytesARememberedFlow = RecentFlows<LeftOutFlow>::kBytesAFlow +
                                                       RecentFlows<MidstreamFlow>::kBytesAFlow +
                                                       RestingTuples::kBytesATuple;

  explicit Dispatcher(const Parts& parts);
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  PacketHandler& client_side() override { return client_side_; }
  PacketHandler& target_side() override { return target_side_; }
  ReplyCarriers* reply_carriers() override { return &carriers_; }
  ReplyCarriers& carriers() { return carriers_; }

  void OnCaptureEnd() override;
  void BeginRound() override;
  void SetOverCpuLimit(bool over) override { gate_.SetOverCpuLimit(over); }
  void StopOpening() override { opening_ = false; }
  /// With RST, as `ended by us`.
  void EndAll() override;

  /// A file is not read on while many sessions are busy with the target, or wait in line for a
  /// 4-tuple, or memory runs short, unless no session would make room by itself; and not before the
  /// rate, or the CPU limit, allows more.
  bool MayRead() const override { return gate_.MayRead(); }
  void set_reader(Runnable* reader) override { gate_.set_reader(reader); }

  const TargetContacts& contacts() const override { return contacts_; }

  /// TIME-WAIT is a session, too.
  bool Idle() const override { return pool_.size() == 0; }
  void set_idle_listener(Runnable* listener) override { idle_listener_ = listener; }

  std::size_t sessions() const { return pool_.size(); }

 private:
  /// One captured segment on its way to one copy of its session.
  struct Arrival : CopyArrival {
    const PacketView& view;
    const Mapping& mapping;
  };

  void OnClientPacket(const CapturedPacket& packet);
  void OnReplyPacket(const CapturedPacket& packet);
  void OnRouterMessage(const CapturedPacket& packet);
  void CountCut(const CapturedPacket& packet);
  const Mapping* Selected(const PacketView& view) const;
  PacketVerdict RouteClientSegment(Arrival& arrival);
  PacketVerdict Deliver(Arrival& arrival, Session& session);
  PacketVerdict OnSyn(Arrival& arrival);
  void EndFormer(const ClientFlow& client);
  void TakeBackEarly(const ClientFlow& client, SeqNum begin);
  PacketVerdict OpenSession(Arrival& arrival, const TcpSegment& syn);
  std::optional<Outcome> Refuse(Arrival& arrival);
  PacketVerdict LeaveOut(Arrival& arrival, Outcome outcome, SeqNum iss);
  PacketVerdict CountLeftOut(Arrival& arrival, LeftOutFlow& flow);
  PacketVerdict OnMidstream(Arrival& arrival);
  PacketVerdict CountMidstream(const Arrival& arrival, MidstreamFlow& flow);
  PacketVerdict Adopt(Arrival& arrival);
  std::uint64_t ForgetMidstream(const ClientFlow& captured);
  SessionContext& ContextOf(const Endpoint& target);
  void Retire(Session& session);
  void Start(Session& session);
  TupleState StateOf(const FlowKey& replayed);

  void OnSessionOver(Session& session) override;
  void OnEngagedChange(int change) override;
  void OnSessionFinished(const Session& session, const SessionTotals& totals) override;
  bool HasRoom() const;

  const Parts parts_;
  TcpMemory tcp_memory_;
  StreamMemory stream_memory_;
  TargetContacts contacts_;
  const SessionContext context_;                 // what each target begins with
  std::map<Endpoint, SessionContext> contexts_;  // as many as there are targets
  SessionPool pool_;
  FlowTable flows_;
  ReplyCarriers carriers_;
  Gate gate_;
  RestingTuples resting_;
  const AddressAllocator::StateOf state_of_;
  RecentFlows<LeftOutFlow> left_out_;
  RecentFlows<MidstreamFlow> midstream_;
  PacketReader client_reader_;
  ReplyTwins reply_twins_;
  PacketsTo<&Dispatcher::OnClientPacket> client_side_{*this};
  PacketsTo<&Dispatcher::OnReplyPacket> target_side_{*this};
  Runnable* idle_listener_ = nullptr;
  std::uint64_t round_ = 0;
  std::size_t engaged_ = 0;  // sessions that wait for the target
  std::size_t leaving_ = 0;  // sessions that have their outcome: RST to send, or TIME-WAIT
  bool opening_ = true;
};

}  // namespace tcpcopy
