#include "src/replay/dispatcher.h"

#include "netstack/wire/link.h"

namespace tcpcopy {

Dispatcher::Dispatcher(const Parts& parts)
    : parts_(parts),
      context_{parts.loop, parts.sink, parts.blocks, parts.ledger, parts.policy, parts.isn, *this},
      pool_(parts.policy.max_sessions),
      flows_(parts.hash_seed),
      left_out_(parts.hash_seed) {}

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
  const LeftOutFlow* left_out = session == nullptr ? left_out_.Find(view.flow) : nullptr;
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
  if (session == nullptr) return OnUnknownFlow(view);
  session->OnClientSegment(view.segment);
  return PacketVerdict::kToSession;
}

PacketVerdict Dispatcher::OnUnknownFlow(const PacketView& view) {
  // Only who still says something is a session that we failed to copy; the rest are farewells.
  if (view.segment.payload_length == 0 || !opening_) return PacketVerdict::kStray;
  return LeaveOut(view, Outcome::kNoSynSeen);
}

PacketVerdict Dispatcher::OnSyn(const PacketView& view, const Mapping& mapping) {
  left_out_.Remove(view.flow);
  if (!opening_) return PacketVerdict::kNotSelected;
  if (!Sampled(view.flow)) return LeaveOut(view, Outcome::kLeftOutBySampling);
  if (pool_.full()) return LeaveOut(view, Outcome::kNoMemory);
  const auto local = parts_.addresses.Claim(
      view.flow.local, mapping.target,
      [this](const FlowKey& replayed) { return flows_.FindReplayed(replayed) != nullptr; });
  if (!local) return LeaveOut(view, Outcome::kNoAddressOrPort);
  Session& session = pool_.Create(context_, view.flow, {*local, mapping.target}, view.segment);
  const bool may_start = flows_.Add(session);
  session.OnClientSegment(view.segment);
  // Data on the SYN may have found no memory.
  if (may_start && !session.outcome()) session.Start();
  return PacketVerdict::kToSession;
}

PacketVerdict Dispatcher::LeaveOut(const PacketView& view, Outcome outcome) {
  const SeqNum seq = view.segment.seq;
  const bool syn = view.segment.flags.syn();
  left_out_.Add(view.flow,
                {.outcome = outcome, .replayed = false, .iss = seq, .next = syn ? seq + 1 : seq});
  parts_.ledger.LeaveOut(outcome, {.sessions = 1});
  return CountLeftOut(view, *left_out_.Find(view.flow));
}

PacketVerdict Dispatcher::CountLeftOut(const PacketView& view, const LeftOutFlow& flow) {
  const Outcome outcome = flow.outcome;
  const bool replayed = flow.replayed;
  const std::uint64_t bytes = left_out_.CountNewBytes(view.flow, view.segment);
  if (bytes > 0) parts_.ledger.LeaveOut(outcome, {.bytes = bytes});
  return replayed ? PacketVerdict::kToSession : PacketVerdict::kLeftOut;
}

void Dispatcher::Retire(Session& session) {
  left_out_.Add(session.captured(), {.outcome = *session.outcome(),
                                     .replayed = true,
                                     .iss = session.client_iss(),
                                     .next = session.client_next()});
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
  Session* session = view ? flows_.FindReplayed(view->flow.Reversed()) : nullptr;
  parts_.ledger.CountReply(session != nullptr);
  if (session != nullptr) session->OnReply(view->segment);
}

void Dispatcher::OnCaptureEnd() {
  pool_.ForEach([](Session& session) { session.OnCaptureEnd(); });
}

void Dispatcher::EndAll() {
  opening_ = false;
  pool_.ForEach([](Session& session) {
    if (!session.outcome()) session.End(Outcome::kEndedByUs);
  });
}

void Dispatcher::OnSessionOver(Session& session) {
  if (flows_.FindCaptured(session.captured()) == &session) Retire(session);
  parts_.addresses.Release(session.replayed().local, session.replayed().peer);
  Session* next = flows_.Remove(session);
  pool_.Destroy(session);
  --leaving_;
  if (next != nullptr && !next->outcome()) next->Start();
  if (pool_.size() == 0 && idle_listener_ != nullptr) parts_.loop.Post(*idle_listener_);
  WakeReader();
}

void Dispatcher::OnEngagedChange(int change) {
  engaged_ += static_cast<std::size_t>(change);
  if (change < 0) WakeReader();
}

bool Dispatcher::MayRead() const {
  const bool room = engaged_ < parts_.policy.max_engaged && !pool_.full() &&
                    parts_.blocks.in_use() < parts_.blocks.capacity() / 2;
  return room || (engaged_ == 0 && leaving_ == 0);
}

void Dispatcher::WakeReader() {
  if (reader_ != nullptr && MayRead()) parts_.loop.Post(*reader_);
}

}  // namespace tcpcopy
