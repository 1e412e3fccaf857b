#include "src/replay/datagram_replay.h"

#include <algorithm>

#include "netstack/wire/icmp_error.h"
#include "netstack/wire/ip_fragment.h"
#include "netstack/wire/packet_too_big.h"
#include "netstack/wire/udp_view.h"

namespace tcpcopy {
namespace {

constexpr Duration kLookPeriod = std::chrono::seconds(1);

Frame FrameOf(const CapturedPacket& packet) {
  return {packet.link, packet.bytes, packet.wire_length};
}

/// Whose datagram `fragment` is the first piece of.
std::optional<FlowKey> FlowOfFirstPiece(ConstBytes fragment) {
  const auto piece = IpFragment::ReadCut(fragment);
  if (!piece || piece->offset != 0 || piece->protocol != kIpProtocolUdp ||
      piece->payload.size() < UdpView::kHeaderBytes) {
    return std::nullopt;
  }
  const std::uint8_t* const ports = piece->payload.data();
  return FlowKey{{piece->key.source, LoadBe16(ports)},
                 {piece->key.destination, LoadBe16(ports + 2)}};
}

}  // namespace

DatagramReplay::DatagramReplay(const Parts& parts)
    : parts_(parts),
      patience_{.unanswered = parts.policy.answer_timeout},
      wanted_([this](const FlowKey& flow) { return parts_.targets.Find(flow.peer) != nullptr; }),
      wanted_replies_([this](const FlowKey& flow) {
        return sessions_.FindReplayed(flow.Reversed()) != nullptr;
      }),
      state_of_([this](const FlowKey& replayed) {
        return sessions_.FindReplayed(replayed) ? TupleState::kLive : TupleState::kFree;
      }),
      sessions_(parts.policy.max_sessions, parts.hash_seed),
      sender_(parts.loop, parts.sink, *this, parts.sending),
      gate_(parts.loop, parts.policy, [this] { return !sender_.waiting() && !AwaitsRoom(); }),
      left_out_(parts.hash_seed, parts.policy.remembered_flows),
      look_timer_([this] { LookAround(); }) {}

// ---------------------------------------------------------------------------------------------------
// What clients send.

void DatagramReplay::OnClientPacket(const CapturedPacket& packet) {
  if (client_twins_.Contains(packet)) return CountTwin(packet);
  const auto view = reader_of_clients_.ReadDatagram(FrameOf(packet), wanted_, packet.captured_at);
  const Mapping* const mapping = view ? Selected(*view) : nullptr;
  // Time passes for all sessions alike, whoever replays them.
  if (mapping != nullptr) ForgetSilent(CaptureTime(packet));
  const ReplayPolicy& policy = parts_.policy;
  if (view && !policy.ports.Contains(view->flow.local.port)) return;  // another worker counts it
  if (view ? !policy.shard.Contains(view->flow) : !CountsFlowless(view.error())) {
    if (mapping != nullptr) parts_.ledger.CountOfOtherShard();
    return;
  }
  const bool cut =
      view ? mapping != nullptr && view->payload.size() < view->payload_length
           : view.error() == ParseError::kTruncated && packet.bytes.size() < packet.wire_length;
  if (cut) {
    parts_.ledger.CountCutPacket();
    if (parts_.ledger.cut_packets() == 1 && parts_.on_first_cut) parts_.on_first_cut(packet);
  }
  if (!view) return parts_.ledger.CountParseError(view.error());
  if (mapping == nullptr) return parts_.ledger.CountPacket(PacketVerdict::kNotSelected);
  Arrival arrival{{{view->flow}, packet.due}, *view, *mapping, CaptureTime(packet)};
  parts_.ledger.CountPacket(
      RouteToCopies(arrival, policy.copies, [this](Arrival& one) { return Route(one); }));
}

/// Pieces come to all workers: only the first one tells a port.
bool DatagramReplay::CountsFlowless(ParseError error) const {
  const ReplayPolicy& policy = parts_.policy;
  return policy.CountsFlowless() && (policy.ports.IsFirst() || error != ParseError::kFragment);
}

void DatagramReplay::CountTwin(const CapturedPacket& packet) {
  // A piece without ports is of no flow here, though it may be part of one.
  ConstBytes fragment;
  const ReplayPolicy& policy = parts_.policy;
  const auto view = ParseDatagram(FrameOf(packet), wanted_, fragment);
  const bool ours =
      view ? policy.ports.Contains(view->flow.local.port) && policy.shard.Contains(view->flow)
           : CountsFlowless(view.error());
  if (ours) parts_.ledger.CountPacket(PacketVerdict::kTwin);
}

const Mapping* DatagramReplay::Selected(const DatagramView& view) const {
  const Mapping* mapping = parts_.targets.Find(view.flow.peer, parts_.is_own);
  // Never copy our own copies, wherever they pass by.
  return sessions_.FindReplayed(view.flow) == nullptr ? mapping : nullptr;
}

PacketVerdict DatagramReplay::Route(Arrival& arrival) {
  if (!opening_) return PacketVerdict::kNotSelected;
  if (DatagramSession* const session = sessions_.FindCaptured(arrival.client)) {
    Deliver(arrival, *session);
    return PacketVerdict::kToSession;
  }
  LeftOut* const left_out = FindLeftOut(arrival.client, arrival.at);
  return left_out != nullptr ? CountLeftOut(arrival, *left_out, 0) : OnNewFlow(arrival);
}

PacketVerdict DatagramReplay::OnNewFlow(Arrival& arrival) {
  std::optional<Outcome> refusal = Refuse(arrival);
  const auto local = refusal ? std::nullopt : Claim(arrival);
  if (!refusal && !local) refusal = Outcome::kNoAddressOrPort;
  if (refusal) return LeaveOut(arrival, *refusal);
  left_out_.Remove(arrival.client);
  DatagramSession& session =
      sessions_.Create(*this, arrival.client, {*local, arrival.mapping.target});
  parts_.ledger.Open();
  if (arrival.late) parts_.ledger.CountLateness(*arrival.late);
  if (parts_.is_own && !look_timer_.IsSet()) {
    parts_.loop.timers().Set(look_timer_, parts_.loop.Now() + kLookPeriod);
  }
  Deliver(arrival, session);
  return PacketVerdict::kToSession;
}

/// Why a session that begins now is not replayed; empty when it is. Its copies are let in together,
/// but there may not be room for all.
std::optional<Outcome> DatagramReplay::Refuse(Arrival& arrival) {
  if (const auto refusal = gate_.Refuse(arrival)) return refusal;
  const std::size_t limit = parts_.policy.session_limit;
  if (limit > 0 && sessions_.size() >= limit) arrival.refusal = Outcome::kTooManySessions;
  if (arrival.refusal) return arrival.refusal;
  const auto any = [](const DatagramSession&) { return true; };
  if (sessions_.full() && !MakeRoom(any)) return Outcome::kNoMemory;
  return std::nullopt;
}

/// Where there are many short sessions, ports are what runs out first.
std::optional<Endpoint> DatagramReplay::Claim(const Arrival& arrival) {
  const Endpoint& target = arrival.mapping.target;
  const AddressClaim claim{arrival.client.flow.local, target, arrival.client.copy, round_};
  auto local = parts_.addresses.Claim(claim, state_of_);
  const auto same_target = [&target](const DatagramSession& session) {
    return session.replayed().peer == target;
  };
  if (!local && MakeRoom(same_target)) local = parts_.addresses.Claim(claim, state_of_);
  if (!local || FreeTuple({*local, target})) return local;
  parts_.addresses.Release(*local, target);
  return std::nullopt;
}

/// A kept address may still be used by the session before, which only waits for replies, or by one
/// that talks to another address of production.
bool DatagramReplay::FreeTuple(const FlowKey& replayed) {
  DatagramSession* const before = sessions_.FindReplayed(replayed);
  if (before == nullptr) return true;
  if (!before->client_over || before->waiting > 0) return false;
  Finish(*before);
  return true;
}

PacketVerdict DatagramReplay::LeaveOut(Arrival& arrival, Outcome outcome) {
  LeftOut& flow =
      left_out_.Add(arrival.client, {.outcome = outcome, .last = arrival.at, .sessions = 1});
  // Who is not let in is not let in with all copies, and is remembered once.
  if (arrival.refusal && IsWithoutOtherCopies(arrival)) flow.sessions = parts_.policy.copies;
  if (parts_.on_session_end) {
    parts_.on_session_end({arrival.client.flow, {}, outcome, {.sessions = flow.sessions}});
  }
  return CountLeftOut(arrival, flow, flow.sessions);
}

/// Whether this is the first copy, and the others have no fate of their own: of some, sessions may
/// be left when that of the first had to make room.
bool DatagramReplay::IsWithoutOtherCopies(const Arrival& arrival) {
  if (arrival.client.copy != 0) return false;
  ClientFlow other = arrival.client;
  for (other.copy = 1; other.copy < parts_.policy.copies; ++other.copy) {
    if (sessions_.FindCaptured(other) || FindLeftOut(other, arrival.at)) return false;
  }
  return true;
}

/// What is known of a client that is left out, and not silent for so long that it begins anew.
DatagramReplay::LeftOut* DatagramReplay::FindLeftOut(const ClientFlow& client, Duration at) {
  LeftOut* const left_out = left_out_.Find(client);
  const bool goes_on = left_out != nullptr && at - left_out->last <= parts_.policy.idle_timeout;
  return goes_on ? left_out : nullptr;
}

PacketVerdict DatagramReplay::CountLeftOut(Arrival& arrival, LeftOut& flow,
                                           std::uint64_t sessions) {
  flow.last = arrival.at;
  arrival.is_whole = flow.sessions > 1;
  parts_.ledger.LeaveOut(flow.outcome, {.sessions = sessions,
                                        .requests = flow.sessions,
                                        .bytes = arrival.view.payload_length * flow.sessions});
  return PacketVerdict::kLeftOut;
}

void DatagramReplay::Deliver(const Arrival& arrival, DatagramSession& session) {
  const DatagramView& view = arrival.view;
  session.OnCaptured(view.payload_length, arrival.at);
  parts_.ledger.Grow(1, view.payload_length);
  sessions_.Touch(session);
  // Nothing is invented in the place of what the capture cut.
  if (view.payload.size() < view.payload_length) return session.OnNotSent(Outcome::kCaptureGap);
  switch (sender_.Send(session, view.payload)) {
    case DatagramSender::Fate::kTaken:
      return;
    case DatagramSender::Fate::kNoRoom:
      ++parts_.ledger.datagrams().no_room;
      return session.OnNotSent(Outcome::kNoMemory);
    case DatagramSender::Fate::kTooLong:
      ++parts_.ledger.datagrams().too_long;
      return session.OnNotSent(Outcome::kUnanswered);
  }
}

// ---------------------------------------------------------------------------------------------------
// What targets and routers send.

void DatagramReplay::OnReplyPacket(const CapturedPacket& packet) {
  if (reply_twins_.Contains(packet)) return;
  const std::optional<FlowKey> flow = FlowOfReply(packet);
  if (!flow) return OnRouterMessage(packet);
  if (!parts_.policy.ports.Contains(flow->peer.port)) return;  // another worker's
  DatagramSession* const session = sessions_.FindReplayed(flow->Reversed());
  parts_.ledger.CountReply(session != nullptr);
  if (session == nullptr) return;
  contacts_[flow->local.address].has_spoken = true;
  if (session->OnReply(parts_.loop.Now())) ++parts_.ledger.datagrams().answered;
  Await(*session);
}

/// Of a reply in pieces the first one counts; the others tell no ports.
std::optional<FlowKey> DatagramReplay::FlowOfReply(const CapturedPacket& packet) {
  ConstBytes fragment;
  const auto view = ParseDatagram(FrameOf(packet), wanted_replies_, fragment);
  if (view) return view->flow;
  return view.error() == ParseError::kFragment ? FlowOfFirstPiece(fragment) : std::nullopt;
}

void DatagramReplay::OnRouterMessage(const CapturedPacket& packet) {
  const auto error = IcmpError::Parse(FrameOf(packet), kIpProtocolUdp);
  DatagramSession* const session = error ? sessions_.FindReplayed(error->flow) : nullptr;
  if (session == nullptr) return;
  const auto too_big = PacketTooBig::Parse(FrameOf(packet), kIpProtocolUdp);
  if (too_big) {
    parts_.ledger.CountTooBig();
    return sender_.LearnPathMtu(session->replayed().peer.address, too_big->mtu);
  }
  if (!error->IsUnreachable()) return;
  const IpAddress& target = session->replayed().peer.address;
  if (error->from == target) contacts_[target].has_spoken = true;
  ++parts_.ledger.datagrams().unreachable;
  session->OnUnreachable(parts_.loop.Now());
  Await(*session);
}

// ---------------------------------------------------------------------------------------------------
// Beginning and end of sessions.

/// Live, time is ours: the clock of captures may be set. Files have a time of their own, so that
/// the same sessions are found however fast one is replayed.
Duration DatagramReplay::CaptureTime(const CapturedPacket& packet) const {
  return parts_.is_own ? parts_.loop.Now().time_since_epoch() : packet.captured_at;
}

void DatagramReplay::ForgetSilent(Duration now) {
  for (DatagramSession* session = sessions_.LongestSilent();
       session != nullptr && now - session->last_captured() > parts_.policy.idle_timeout;
       session = sessions_.LongestSilent()) {
    LetGo(*session);
  }
}

void DatagramReplay::LookAround() {
  ForgetSilent(parts_.loop.Now().time_since_epoch());
  if (!Idle()) parts_.loop.timers().Set(look_timer_, parts_.loop.Now() + kLookPeriod);
}

/// Its client says no more.
void DatagramReplay::LetGo(DatagramSession& session) {
  sessions_.LetGo(session);
  Await(session);
}

/// Ends `session` in time, if only replies are awaited.
void DatagramReplay::Await(DatagramSession& session) {
  if (!session.client_over || session.waiting > 0) return;
  parts_.loop.timers().Set(session, session.EndsAt(patience_));
}

/// Ends a session early, if there is one that `suits`; one that awaits no answer, if it can.
bool DatagramReplay::MakeRoom(const std::function<bool(const DatagramSession&)>& suits) {
  const Instant now = parts_.loop.Now();
  DatagramSession* session = sessions_.FirstToGo([&](const DatagramSession& each) {
    return each.waiting == 0 && !each.AwaitsAnswer(now, patience_) && suits(each);
  });
  if (session == nullptr) {
    session = sessions_.FirstToGo(
        [&suits](const DatagramSession& each) { return each.waiting == 0 && suits(each); });
  }
  if (session == nullptr) return false;
  ++parts_.ledger.datagrams().made_room;
  Finish(*session);
  return true;
}

void DatagramReplay::Finish(DatagramSession& session) {
  const Outcome outcome = session.OutcomeAt(parts_.loop.Now(), patience_);
  parts_.ledger.Close(outcome, session.totals());
  if (parts_.on_session_end) {
    parts_.on_session_end({session.client().flow, session.replayed(), outcome, session.totals()});
  }
  parts_.addresses.Release(session.replayed().local, session.replayed().peer);
  const bool was_full = AwaitsRoom();
  sessions_.Destroy(session);
  if (was_full) gate_.WakeReader();
  if (Idle() && idle_listener_ != nullptr) parts_.loop.Post(*idle_listener_);
}

void DatagramReplay::OnSessionDue(DatagramSession& session) { Finish(session); }

void DatagramReplay::OnDatagramSent(DatagramSession& session, std::size_t bytes) {
  contacts_[session.replayed().peer.address].was_asked = true;
  session.OnSent(bytes, parts_.loop.Now());
  Await(session);
}

void DatagramReplay::OnCaptureEnd() {
  sessions_.ForEach([this](DatagramSession& session) {
    if (!session.client_over) LetGo(session);
  });
}

void DatagramReplay::BeginRound() {
  OnCaptureEnd();
  left_out_.Clear();
  reader_of_clients_ = PacketReader();
  client_twins_ = ReplyTwins();
  ++round_;
}

void DatagramReplay::StopOpening() {
  opening_ = false;
  OnCaptureEnd();
}

void DatagramReplay::EndAll() {
  opening_ = false;
  sender_.Clear();
  sessions_.ForEach([this](DatagramSession& session) { Finish(session); });
}

// ---------------------------------------------------------------------------------------------------
// Reading on.

/// There is none for another session, but there will be. A session whose client may speak on does
/// not end while nothing is read.
bool DatagramReplay::AwaitsRoom() const {
  const std::size_t limit = parts_.policy.session_limit;
  return limit > 0 && sessions_.size() + parts_.policy.copies > limit && sessions_.any_over();
}

}  // namespace tcpcopy
