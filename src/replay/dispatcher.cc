#include "src/replay/dispatcher.h"

#include "netstack/wire/link.h"
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

/// Whether its replies are being waited for: one in line asks for them when its turn has come.
bool HasAsked(const Session& session) {
  return session.predecessor == nullptr && !session.outcome();
}

}  // namespace

Dispatcher::Dispatcher(const Parts& parts)
    : parts_(parts),
      context_{parts.loop, parts.sink, parts.blocks, parts.ledger, parts.policy, parts.isn, *this},
      pool_(parts.policy.max_sessions),
      flows_(parts.hash_seed),
      left_out_(parts.hash_seed),
      midstream_(parts.hash_seed) {}

void Dispatcher::OnClientPacket(const CapturedPacket& packet) {
  const Frame frame{packet.link, packet.bytes, packet.wire_length};
  const auto view = client_reader_.Read(frame, packet.captured_at);
  if (!view) {
    const bool cut = view.error() == ParseError::kTruncated;
    if (cut && packet.bytes.size() < packet.wire_length) CountCut(packet);
    return parts_.ledger.CountParseError(view.error());
  }
  const Mapping* mapping = Selected(*view);
  if (mapping == nullptr) return parts_.ledger.CountPacket(PacketVerdict::kNotSelected);
  if (view->segment.payload_length > view->segment.payload.size()) CountCut(packet);
  parts_.ledger.CountPacket(RouteClientSegment(*view, *mapping));
}

void Dispatcher::CountCut(const CapturedPacket& packet) {
  parts_.ledger.CountCutPacket();
  if (parts_.ledger.cut_packets() == 1 && parts_.on_first_cut) parts_.on_first_cut(packet);
}

const Mapping* Dispatcher::Selected(const PacketView& view) const {
  const Mapping* mapping = parts_.targets.Find(view.flow.peer);
  if (mapping == nullptr) return nullptr;
  if (!mapping->source && parts_.is_own && !parts_.is_own(view.flow.peer.address)) return nullptr;
  // Never copy our own copies, wherever they pass by.
  return flows_.FindReplayed(view.flow) == nullptr ? mapping : nullptr;
}

PacketVerdict Dispatcher::RouteClientSegment(const PacketView& view, const Mapping& mapping) {
  const TcpFlags flags = view.segment.flags;
  Session* session = flows_.FindCaptured(view.flow);
  LeftOutFlow* left_out = session == nullptr ? left_out_.Find(view.flow) : nullptr;
  if (flags.syn() && !flags.ack()) {
    const bool repeated = (session != nullptr && session->client_iss() == view.segment.seq) ||
                          (left_out != nullptr && left_out->iss == view.segment.seq);
    if (!repeated) {
      if (session != nullptr) {
        session->OnCaptureEnd();  // the client uses its port for a new connection
        flows_.ForgetCaptured(*session);
      }
      return OnSyn(view, mapping);
    }
  }
  if (session != nullptr && session->outcome()) {
    Retire(*session);
    session = nullptr;
    left_out = left_out_.Find(view.flow);
  }
  if (left_out != nullptr) return CountLeftOut(view, *left_out);
  if (session == nullptr) return OnMidstream(view, mapping);
  return Deliver(view, *session);
}

PacketVerdict Dispatcher::Deliver(const PacketView& view, Session& session) {
  session.OnClientSegment(view.segment);
  if (session.outcome() != Outcome::kNoMemory) return PacketVerdict::kToSession;
  // The bytes that found no memory were captured all the same.
  Retire(session);
  return CountLeftOut(view, *left_out_.Find(view.flow));
}

PacketVerdict Dispatcher::OnSyn(const PacketView& view, const Mapping& mapping) {
  left_out_.Remove(view.flow);
  if (!opening_) return PacketVerdict::kNotSelected;
  const SeqNum begin = view.segment.seq + 1;
  const MidstreamFlow* early = midstream_.Find(view.flow);
  // What was captured before its SYN is of the session that begins now. No client sends more before
  // it has heard production's window.
  constexpr std::uint32_t kFirstFlight = 65536;
  if (early != nullptr && early->first.InWindow(begin, kFirstFlight)) ForgetMidstream(view.flow);
  midstream_.Remove(view.flow);
  return OpenSession(view, mapping, view.segment);
}

PacketVerdict Dispatcher::OpenSession(const PacketView& view, const Mapping& mapping,
                                      const TcpSegment& syn) {
  if (!Sampled(view.flow)) return LeaveOut(view, Outcome::kLeftOutBySampling, syn.seq);
  if (pool_.full()) return LeaveOut(view, Outcome::kNoMemory, syn.seq);
  const auto local = parts_.addresses.Claim(
      view.flow.local, mapping.target,
      [this](const FlowKey& replayed) { return flows_.FindReplayed(replayed) != nullptr; });
  if (!local) return LeaveOut(view, Outcome::kNoAddressOrPort, syn.seq);
  Session& session = pool_.Create(context_, view.flow, {*local, mapping.target}, syn);
  const bool may_start = flows_.Add(session);
  const PacketVerdict verdict = Deliver(view, session);
  if (may_start) Start(session);
  return verdict;
}

PacketVerdict Dispatcher::LeaveOut(const PacketView& view, Outcome outcome, SeqNum iss) {
  LeftOutFlow& flow = left_out_.Add(
      view.flow,
      {.outcome = outcome, .replayed = false, .iss = iss, .stream = StreamBytes(iss + 1)});
  parts_.ledger.LeaveOut(outcome, {.sessions = 1});
  if (parts_.on_session_end) parts_.on_session_end({view.flow, {}, outcome, {.sessions = 1}});
  return CountLeftOut(view, flow);
}

PacketVerdict Dispatcher::CountLeftOut(const PacketView& view, LeftOutFlow& flow) {
  const std::uint64_t bytes = flow.stream.CountNew(view.segment);
  if (bytes > 0) parts_.ledger.LeaveOut(flow.outcome, {.bytes = bytes});
  return flow.replayed ? PacketVerdict::kToSession : PacketVerdict::kLeftOut;
}

// ---------------------------------------------------------------------------------------------------
// Connections whose SYN was not captured.

PacketVerdict Dispatcher::OnMidstream(const PacketView& view, const Mapping& mapping) {
  if (!opening_) return PacketVerdict::kStray;
  const bool adopting = parts_.policy.adopt_midstream;
  MidstreamFlow* flow = midstream_.Find(view.flow);
  if (flow == nullptr) {
    // An ACK may be the first sign of a connection that goes on; without adopting it is of no use.
    if (view.segment.payload_length == 0 && !adopting) return PacketVerdict::kStray;
    flow = &midstream_.Add(view.flow, MidstreamFlow(view.segment.seq));
  }
  if (adopting && flow->boundary.BeginsWith(view.segment)) return Adopt(view, mapping);
  return CountMidstream(view, *flow);
}

PacketVerdict Dispatcher::CountMidstream(const PacketView& view, MidstreamFlow& flow) {
  // Only who still says something is a session that we failed to copy; the rest are farewells.
  if (view.segment.payload_length == 0 && !flow.counted) return PacketVerdict::kStray;
  const std::uint64_t bytes = flow.stream.CountNew(view.segment);
  parts_.ledger.LeaveOut(Outcome::kNoSynSeen, {.sessions = flow.counted ? 0U : 1U, .bytes = bytes});
  if (!flow.counted && !parts_.policy.adopt_midstream && parts_.on_session_end) {
    parts_.on_session_end({view.flow, {}, Outcome::kNoSynSeen, {.sessions = 1, .bytes = bytes}});
  }
  flow.counted = true;
  flow.bytes += bytes;
  return PacketVerdict::kLeftOut;
}

PacketVerdict Dispatcher::Adopt(const PacketView& view, const Mapping& mapping) {
  const std::uint64_t skipped = ForgetMidstream(view.flow);
  const PacketVerdict verdict = OpenSession(view, mapping, AssumedSyn(view.segment));
  if (verdict == PacketVerdict::kToSession) {
    parts_.ledger.CountAdopted(skipped);
  } else {
    parts_.ledger.LeaveOut(left_out_.Find(view.flow)->outcome, {.bytes = skipped});
  }
  return verdict;
}

/// The flow is counted elsewhere from now on. Returns its bytes until now.
std::uint64_t Dispatcher::ForgetMidstream(const FlowKey& captured) {
  const MidstreamFlow flow = *midstream_.Find(captured);
  midstream_.Remove(captured);
  if (flow.counted) {
    parts_.ledger.TakeBack(Outcome::kNoSynSeen, {.sessions = 1, .bytes = flow.bytes});
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

bool Dispatcher::Sampled(const FlowKey& captured) const {
  // Unseeded: the same sessions are chosen every time.
  return FlowKeyHash{}(captured) % 100 < parts_.policy.sample_percent;
}

bool Dispatcher::IsTwin(const CapturedPacket& reply) {
  if (reply.interface == 0) return false;
  const auto link = StripLink({reply.link, reply.bytes, reply.wire_length});
  return link && reply_twins_.Contains(link->packet, reply.interface, reply.captured_at);
}

void Dispatcher::OnReplyPacket(const CapturedPacket& packet) {
  if (IsTwin(packet)) return;
  const auto view = ParsePacket(packet.link, packet.bytes, packet.wire_length);
  if (!view && view.error() == ParseError::kNotTcp) return OnRouterMessage(packet);
  Session* session = view ? flows_.FindReplayed(view->flow.Reversed()) : nullptr;
  if (session != nullptr && session->carrier != 0 && session->carrier != packet.carrier) {
    return parts_.ledger.CountReplyTwice();
  }
  parts_.ledger.CountReply(session != nullptr);
  if (session == nullptr) return;
  session->OnReply(view->segment);
  Settle(*session, packet.carrier);
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
  if (!Ask(session)) return session.End(Outcome::kRepliesLost);
  session.Start();
}

/// Asks for its replies. False when there is nobody who could bring them.
bool Dispatcher::Ask(const Session& session) {
  return parts_.reply_path == nullptr || parts_.reply_path->Announce(session.replayed());
}

/// Who has brought the answer to its SYN brings the others, too. What comes before that can be late
/// and of a former session on the same ports, from one who sees nothing of this one.
void Dispatcher::Settle(Session& session, ReplyPath::Carrier carrier) {
  if (session.carrier != 0 || carrier == 0 || !session.was_answered()) return;
  session.carrier = carrier;
  if (parts_.reply_path != nullptr) parts_.reply_path->Settle(session.replayed(), carrier);
}

/// The same for one whose carrier may be known.
bool Dispatcher::AskAgain(const Session& session) {
  if (session.carrier == 0) return Ask(session);
  return parts_.reply_path->AnnounceTo(session.replayed(), session.carrier);
}

void Dispatcher::OnCarrierLost(ReplyPath::Carrier carrier) {
  pool_.ForEach([&](Session& session) {
    if (!HasAsked(session)) return;
    const bool orphan = session.carrier == carrier;
    const bool waiting = session.carrier == 0;
    // Its request may have gone to the one that is lost only.
    if (orphan || (waiting && !Ask(session))) session.End(Outcome::kRepliesLost);
  });
}

void Dispatcher::OnCarrierFound() {
  pool_.ForEach([&](Session& session) {
    if (HasAsked(session) && session.carrier == 0) Ask(session);
  });
}

void Dispatcher::OnCarrierForgot(ReplyPath::Carrier carrier) {
  pool_.ForEach([&](Session& session) {
    const bool concerned = session.carrier == carrier || session.carrier == 0;
    if (!HasAsked(session) || !concerned) return;
    if (!AskAgain(session)) session.End(Outcome::kRepliesLost);
  });
}

void Dispatcher::AskForSilent(Instant since) {
  pool_.ForEach([&](Session& session) {
    if (HasAsked(session) && session.SilentSince(since)) AskAgain(session);
  });
}

void Dispatcher::OnSessionOver(Session& session) {
  if (flows_.FindCaptured(session.captured()) == &session) Retire(session);
  if (parts_.reply_path != nullptr) parts_.reply_path->Withdraw(session.replayed());
  parts_.addresses.Release(session.replayed().local, session.replayed().peer);
  Session* next = flows_.Remove(session);
  pool_.Destroy(session);
  --leaving_;
  if (next != nullptr) Start(*next);
  if (pool_.size() == 0 && idle_listener_ != nullptr) parts_.loop.Post(*idle_listener_);
  WakeReader();
}

void Dispatcher::OnSessionFinished(const Session& session, const SessionTotals& totals) {
  ++leaving_;
  if (!parts_.on_session_end) return;
  parts_.on_session_end({session.captured(), session.replayed(), *session.outcome(), totals});
}

void Dispatcher::OnEngagedChange(int change) {
  engaged_ += static_cast<std::size_t>(change);
  if (change < 0) WakeReader();
}

bool Dispatcher::MayRead() const {
  const bool room = engaged_ + flows_.waiting() < parts_.policy.max_engaged && !pool_.full() &&
                    parts_.blocks.in_use() < parts_.blocks.capacity() / 2;
  return room || (engaged_ == 0 && leaving_ == 0);
}

void Dispatcher::WakeReader() {
  if (reader_ != nullptr && MayRead()) parts_.loop.Post(*reader_);
}

}  // namespace tcpcopy
