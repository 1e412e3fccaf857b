#include "src/replay/dispatcher.h"

#include <algorithm>

#include "netstack/wire/packet_too_big.h"

namespace tcpcopy {
namespace {

/// The SYN of a connection whose own was not captured, if `first` is to be its first segment: as
/// Linux sends it. Its MSS is bounded by our MTU later; timestamps are in all segments or in none.
TcpSegment AssumedSyn(const TcpSegment& first) {
  TcpSegment syn;
  syn.seq = first.seq - 1;
  syn.flags.bits = TcpFlags::kSyn;
  syn.options.mss = 65535;
  syn.options.window_scale = 7;
  syn.options.sack_permitted = true;
  syn.options.timestamps = first.options.timestamps;
  return syn;
}

}  // namespace

Dispatcher::Dispatcher(const Parts& parts)
    : parts_(parts),
      tcp_memory_(parts.blocks),
      stream_memory_(parts.blocks),
      context_{parts.loop, parts.sink, tcp_memory_, stream_memory_, parts.ledger, parts.policy,
               parts.isn, *this,
               // Behind -t the session would be over.
               AnswerHabit(std::min<Duration>(AnswerGate::kMaxQuiet, parts.policy.answer_timeout))},
      pool_(parts.policy.max_sessions),
      flows_(parts.hash_seed),
      carriers_(parts.reply_path, pool_),
      gate_(parts.loop, parts.policy, [this] { return HasRoom(); }),
      resting_(parts.hash_seed, parts.policy.remembered_flows),
      state_of_([this](const FlowKey& replayed) { return StateOf(replayed); }),
      left_out_(parts.hash_seed, parts.policy.remembered_flows),
      midstream_(parts.hash_seed, parts.policy.remembered_flows) {}

void Dispatcher::OnClientPacket(const CapturedPacket& packet) {
  const Frame frame{packet.link, packet.bytes, packet.wire_length};
  const auto view = client_reader_.Read(frame, packet.captured_at);
  const ReplayPolicy& policy = parts_.policy;
  if (!view) {
    if (!policy.CountsFlowless()) return;
    const bool cut = view.error() == ParseError::kTruncated;
    if (cut && packet.bytes.size() < packet.wire_length) CountCut(packet);
    return parts_.ledger.CountParseError(view.error());
  }
  if (!policy.ports.Contains(view->flow.local.port)) return;  // another worker's, which counts it
  const Mapping* mapping = Selected(*view);
  if (!policy.shard.Contains(view->flow)) {
    if (mapping != nullptr) parts_.ledger.CountOfOtherShard();
    return;
  }
  if (mapping == nullptr) return parts_.ledger.CountPacket(PacketVerdict::kNotSelected);
  if (view->segment.payload_length > view->segment.payload.size()) CountCut(packet);
  Arrival arrival{{{view->flow}, packet.due}, *view, *mapping};
  parts_.ledger.CountPacket(RouteToCopies(
      arrival, policy.copies, [this](Arrival& one) { return RouteClientSegment(one); }));
}

void Dispatcher::CountCut(const CapturedPacket& packet) {
  parts_.ledger.CountCutPacket();
  if (parts_.ledger.cut_packets() == 1 && parts_.on_first_cut) parts_.on_first_cut(packet);
}

const Mapping* Dispatcher::Selected(const PacketView& view) const {
  const Mapping* mapping = parts_.targets.Find(view.flow.peer, parts_.is_own);
  // Never copy our own copies, wherever they pass by.
  const bool may_be_own = mapping != nullptr && parts_.targets.IsTarget(view.flow.peer);
  return may_be_own && flows_.FindReplayed(view.flow) != nullptr ? nullptr : mapping;
}

PacketVerdict Dispatcher::RouteClientSegment(Arrival& arrival) {
  const TcpSegment& segment = arrival.view.segment;
  Session* session = flows_.FindCaptured(arrival.client);
  LeftOutFlow* left_out = session == nullptr ? left_out_.Find(arrival.client) : nullptr;
  if (segment.flags.syn() && !segment.flags.ack()) {
    const bool repeated = (session != nullptr && session->client_iss() == segment.seq) ||
                          (left_out != nullptr && left_out->iss == segment.seq);
    if (!repeated) {
      if (session != nullptr || left_out != nullptr) EndFormer(arrival.client);
      return OnSyn(arrival);
    }
  }
  if (session != nullptr && session->outcome()) {
    Retire(*session);
    session = nullptr;
    left_out = left_out_.Find(arrival.client);
  }
  if (left_out != nullptr) return CountLeftOut(arrival, *left_out);
  if (session == nullptr) return OnMidstream(arrival);
  return Deliver(arrival, *session);
}

PacketVerdict Dispatcher::Deliver(Arrival& arrival, Session& session) {
  session.OnClientSegment(arrival.view.segment);
  if (session.outcome() != Outcome::kNoMemory) return PacketVerdict::kToSession;
  // The bytes that found no memory were captured all the same.
  Retire(session);
  return CountLeftOut(arrival, *left_out_.Find(arrival.client));
}

PacketVerdict Dispatcher::OnSyn(Arrival& arrival) {
  if (!opening_) return PacketVerdict::kNotSelected;
  TakeBackEarly(arrival.client, arrival.view.segment.seq + 1);
  return OpenSession(arrival, arrival.view.segment);
}

/// The client uses its port for a new connection.
void Dispatcher::EndFormer(const ClientFlow& client) {
  left_out_.Remove(client);
  Session* const session = flows_.FindCaptured(client);
  if (session == nullptr) return;
  session->OnCaptureEnd();
  flows_.ForgetCaptured(*session);
}

/// What was captured before its SYN is of the session that begins at `begin`. No client sends more
/// before it has heard production's window.
void Dispatcher::TakeBackEarly(const ClientFlow& client, SeqNum begin) {
  constexpr std::uint32_t kFirstFlight = 65536;
  const MidstreamFlow* const early = midstream_.Find(client);
  if (early != nullptr && early->first.InWindow(begin, kFirstFlight)) ForgetMidstream(client);
  midstream_.Remove(client);
}

PacketVerdict Dispatcher::OpenSession(Arrival& arrival, const TcpSegment& syn) {
  if (const auto refusal = Refuse(arrival)) return LeaveOut(arrival, *refusal, syn.seq);
  const Endpoint& target = arrival.mapping.target;
  const auto local = parts_.addresses.Claim(
      {arrival.client.flow.local, target, arrival.client.copy, round_}, state_of_);
  if (!local) return LeaveOut(arrival, Outcome::kNoAddressOrPort, syn.seq);
  Session& session = pool_.Create(ContextOf(target), arrival.client, {*local, target}, syn);
  if (arrival.late) parts_.ledger.CountLateness(*arrival.late);
  const bool may_start = flows_.Add(session);
  const PacketVerdict verdict = Deliver(arrival, session);
  if (may_start) Start(session);
  return verdict;
}

SessionContext& Dispatcher::ContextOf(const Endpoint& target) {
  const auto [place, is_new] = contexts_.try_emplace(target, context_);
  if (is_new) place->second.contact = &contacts_[target.address];
  return place->second;
}

/// Why a session that begins now is not replayed; empty when it is. Its copies are let in together,
/// but there may not be room for all.
std::optional<Outcome> Dispatcher::Refuse(Arrival& arrival) {
  if (const auto refusal = gate_.Refuse(arrival)) return refusal;
  if (pool_.full()) return Outcome::kNoMemory;
  const std::size_t limit = parts_.policy.session_limit;
  if (limit > 0 && parts_.ledger.active().sessions >= limit) return Outcome::kTooManySessions;
  return std::nullopt;
}

PacketVerdict Dispatcher::LeaveOut(Arrival& arrival, Outcome outcome, SeqNum iss) {
  const TcpSegment& segment = arrival.view.segment;
  // Where one is not let in, or finds no room, the copies behind it have the same fate, and are
  // remembered once. (Only an endpoint may be found for some and not for others.)
  const ClientFlow& client = arrival.client;
  const bool all_behind = segment.flags.syn() && outcome != Outcome::kNoAddressOrPort;
  const int behind = all_behind ? parts_.policy.copies - 1 - client.copy : 0;
  for (int i = 1; i <= behind; ++i) {
    const ClientFlow other{client.flow, static_cast<std::uint16_t>(client.copy + i)};
    EndFormer(other);
    TakeBackEarly(other, segment.seq + 1);
  }
  const auto sessions = static_cast<std::uint16_t>(1 + behind);
  LeftOutFlow& flow = left_out_.Add(arrival.client, {.outcome = outcome,
                                                     .replayed = false,
                                                     .iss = iss,
                                                     .stream = StreamBytes(iss + 1),
                                                     .sessions = sessions});
  parts_.ledger.LeaveOut(outcome, {.sessions = flow.sessions});
  if (parts_.on_session_end) {
    parts_.on_session_end({arrival.client.flow, {}, outcome, {.sessions = flow.sessions}});
  }
  return CountLeftOut(arrival, flow);
}

PacketVerdict Dispatcher::CountLeftOut(Arrival& arrival, LeftOutFlow& flow) {
  arrival.is_whole = flow.sessions > 1;
  const std::uint64_t bytes = flow.stream.CountNew(arrival.view.segment) * flow.sessions;
  if (bytes > 0) parts_.ledger.LeaveOut(flow.outcome, {.bytes = bytes});
  return flow.replayed ? PacketVerdict::kToSession : PacketVerdict::kLeftOut;
}

// ---------------------------------------------------------------------------------------------------
// Connections whose SYN was not captured.

PacketVerdict Dispatcher::OnMidstream(Arrival& arrival) {
  const TcpSegment& segment = arrival.view.segment;
  if (!opening_) return PacketVerdict::kStray;
  const bool adopting = parts_.policy.adopt_midstream;
  // All copies are left out, and remembered once.
  if (!adopting && arrival.client.copy > 0) return PacketVerdict::kStray;
  MidstreamFlow* flow = midstream_.Find(arrival.client);
  if (flow == nullptr) {
    // An ACK may be the first sign of a connection that goes on; without adopting it is of no use.
    if (segment.payload_length == 0 && !adopting) return PacketVerdict::kStray;
    flow = &midstream_.Add(arrival.client, MidstreamFlow(segment.seq));
    flow->sessions = adopting ? 1 : parts_.policy.copies;
  }
  if (adopting && flow->boundary.BeginsWith(segment)) return Adopt(arrival);
  return CountMidstream(arrival, *flow);
}

PacketVerdict Dispatcher::CountMidstream(const Arrival& arrival, MidstreamFlow& flow) {
  const TcpSegment& segment = arrival.view.segment;
  // Only who still says something is a session that we failed to copy; the rest are farewells.
  if (segment.payload_length == 0 && !flow.counted) return PacketVerdict::kStray;
  const SessionTotals more{.sessions = flow.counted ? 0U : flow.sessions,
                           .bytes = flow.stream.CountNew(segment) * flow.sessions};
  parts_.ledger.LeaveOut(Outcome::kNoSynSeen, more);
  if (!flow.counted && !parts_.policy.adopt_midstream && parts_.on_session_end) {
    parts_.on_session_end({arrival.client.flow, {}, Outcome::kNoSynSeen, more});
  }
  flow.counted = true;
  flow.bytes += more.bytes;
  return PacketVerdict::kLeftOut;
}

PacketVerdict Dispatcher::Adopt(Arrival& arrival) {
  const std::uint64_t skipped = ForgetMidstream(arrival.client);
  const PacketVerdict verdict = OpenSession(arrival, AssumedSyn(arrival.view.segment));
  if (verdict == PacketVerdict::kToSession) {
    parts_.ledger.CountAdopted(skipped);
  } else {
    parts_.ledger.LeaveOut(left_out_.Find(arrival.client)->outcome, {.bytes = skipped});
  }
  return verdict;
}

/// The flow is counted elsewhere from now on. Returns its bytes until now.
std::uint64_t Dispatcher::ForgetMidstream(const ClientFlow& captured) {
  const MidstreamFlow flow = *midstream_.Find(captured);
  midstream_.Remove(captured);
  if (flow.counted) {
    parts_.ledger.TakeBack(Outcome::kNoSynSeen, {.sessions = flow.sessions, .bytes = flow.bytes});
  }
  return flow.bytes;
}

void Dispatcher::Retire(Session& session) {
  left_out_.Add(session.captured(), {.outcome = *session.outcome(),
                                     .replayed = true,
                                     .iss = session.client_iss(),
                                     .stream = StreamBytes(session.client_next())});
  flows_.ForgetCaptured(session);
}

// ---------------------------------------------------------------------------------------------------
// What the target and its routers say.

void Dispatcher::OnReplyPacket(const CapturedPacket& packet) {
  if (reply_twins_.Contains(packet)) return;
  const auto view = ParsePacket(packet.link, packet.bytes, packet.wire_length);
  if (!view && view.error() == ParseError::kNotTcp) return OnRouterMessage(packet);
  Session* session = view ? flows_.FindReplayed(view->flow.Reversed()) : nullptr;
  if (session != nullptr && session->carrier != 0 && session->carrier != packet.carrier) {
    return parts_.ledger.CountReplyTwice();
  }
  parts_.ledger.CountReply(session != nullptr);
  if (session == nullptr) return;
  session->contact().has_spoken = true;
  session->OnReply(view->segment);
  gate_.WakeReader();  // memory may be free again
  carriers_.Settle(*session, packet.carrier);
}

void Dispatcher::OnRouterMessage(const CapturedPacket& packet) {
  const auto told = PacketTooBig::Parse({packet.link, packet.bytes, packet.wire_length});
  Session* session = told ? flows_.FindReplayed(told->flow) : nullptr;
  if (session == nullptr) return;
  parts_.ledger.CountTooBig();
  session->OnPathMtu(told->seq, told->mtu);
}

void Dispatcher::OnCaptureEnd() {
  pool_.ForEach([](Session& session) { session.OnCaptureEnd(); });
}

void Dispatcher::BeginRound() {
  for (Session* const session : flows_.ForgetAllCaptured()) session->OnCaptureEnd();
  left_out_.Clear();
  midstream_.Clear();
  client_reader_ = PacketReader();
  ++round_;
}

void Dispatcher::EndAll() {
  opening_ = false;
  pool_.ForEach([](Session& session) {
    if (!session.outcome()) session.End(Outcome::kEndedByUs);
  });
}

// ---------------------------------------------------------------------------------------------------
// Beginning and end of sessions.

/// Its 4-tuple is free for it now.
void Dispatcher::Start(Session& session) {
  // Its first data may have found no memory, or its client may have gone while it waited.
  if (session.outcome()) return;
  if (!carriers_.Ask(session)) return session.End(Outcome::kRepliesLost);
  const auto sent_before = resting_.Find(session.replayed(), parts_.loop.Now());
  session.contact().was_asked = true;
  // A target in TIME-WAIT takes what lies beyond all that it has had (RFC 1122 4.2.2.13).
  session.Start(sent_before ? std::optional(*sent_before + 1) : std::nullopt);
}

TupleState Dispatcher::StateOf(const FlowKey& replayed) {
  if (flows_.FindReplayed(replayed) != nullptr) return TupleState::kLive;
  const bool rests = resting_.Find(replayed, parts_.loop.Now()).has_value();
  return rests ? TupleState::kResting : TupleState::kFree;
}

void Dispatcher::OnSessionOver(Session& session) {
  if (session.is_by_client()) Retire(session);
  // One in line has not asked, and would withdraw the replies of who has the 4-tuple.
  if (session.predecessor == nullptr) carriers_.Withdraw(session);
  if (const auto snd_nxt = session.snd_nxt()) {
    resting_.Add(session.replayed(), *snd_nxt, parts_.loop.Now());
  }
  parts_.addresses.Release(session.replayed().local, session.replayed().peer);
  Session* next = flows_.Remove(session);
  pool_.Destroy(session);
  --leaving_;
  if (next != nullptr) Start(*next);
  if (pool_.size() == 0 && idle_listener_ != nullptr) parts_.loop.Post(*idle_listener_);
  gate_.WakeReader();
}

void Dispatcher::OnSessionFinished(const Session& session, const SessionTotals& totals) {
  ++leaving_;
  if (!parts_.on_session_end) return;
  parts_.on_session_end({session.captured().flow, session.replayed(), *session.outcome(), totals});
}

void Dispatcher::OnEngagedChange(int change) {
  engaged_ += static_cast<std::size_t>(change);
  if (change < 0) gate_.WakeReader();
}

bool Dispatcher::HasRoom() const {
  const std::size_t limit = parts_.policy.session_limit;
  const std::uint64_t more = parts_.policy.copies;
  const bool room = engaged_ + flows_.waiting() < parts_.policy.max_engaged &&
                    pool_.size() + more <= parts_.policy.max_sessions &&
                    (limit == 0 || parts_.ledger.active().sessions + more <= limit) &&
                    parts_.blocks.in_use() < parts_.blocks.capacity() / 2;
  return room || (engaged_ == 0 && leaving_ == 0);
}

}  // namespace tcpcopy
