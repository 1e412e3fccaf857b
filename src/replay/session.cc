#include "src/replay/session.h"

#include <algorithm>

#include "netstack/base/check.h"
#include "src/replay/to_connection.h"

namespace tcpcopy {

std::atomic<std::size_t> Session::frame_size_ = 0;

Session::Session(SessionContext& context, const ClientFlow& captured, const FlowKey& replayed,
                 const TcpSegment& syn)
    : context_(context),
      captured_(captured),
      connection_(context.policy.tcp, context.tcp_memory),
      client_(syn, context.stream_memory),
      client_spoke_(context.loop.Now()) {
  if (context.policy.faithful_acks) acks_ = std::make_unique<ClientAcks>(context.tcp_memory.blocks);
  connection_.Prepare(replayed, syn.options);
  context_.ledger.Open();
}

Session::~Session() { SetEngaged(false); }

void* Session::FrameRoom(std::size_t size) {
  TCPCOPY_CHECK(size <= kFrameRoom);
  if (frame_size_ != size) frame_size_ = size;  // once: all workers share its cache line
  return frame_.data();
}

void Session::Start(std::optional<SeqNum> least_isn) {
  TCPCOPY_CHECK(!started_);
  started_ = true;
  const Instant now = context_.loop.Now();
  target_moved_ = now;
  SeqNum iss = context_.isn.Next(replayed(), now);
  if (least_isn && iss < *least_isn) iss = *least_isn;
  connection_.Connect(iss, now);
  story_ = Story();
  // Its first resumption comes from the ready queue like all others.
  wait_mask_ = milestones_ = Milestones::kClientTurn;
  SetEngaged(true);
  context_.loop.Post(*this);
}

// ---------------------------------------------------------------------------------------------------
// The story of one connection. Where it stands in its replay is this coroutine's place, nothing
// else.

SessionTask Session::Story() {
  while (!connection_.was_established()) {
    co_await WaitForTarget(Milestones::kEstablished);
    if (Interrupted()) co_return;
  }
  while (!ClientIsDone()) {
    if (!client_.Next()) {
      co_await WaitForClient();
      if (Interrupted()) co_return;
      ClientHasSpoken();
    } else if (!NextTurnIsOpen()) {
      co_await WaitForAnswer();
      if (Interrupted()) co_return;
    } else {
      SendTurn();
    }
  }
  CloseLikeTheClient();
  while (!EverythingDelivered()) {
    co_await WaitForTarget(Milestones::kDelivered);
    if (Interrupted()) co_return;
  }
  while (!HalfClosedIsOver()) {
    co_await WaitForFarewell();
  }
  Conclude();
}

Session::Wait Session::WaitForTarget(std::uint8_t milestone) {
  return WaitFor(milestone | Milestones::kClosed, TargetDeadline());
}

Session::Wait Session::WaitForClient() {
  return WaitFor(Milestones::kClientTurn | Milestones::kClosed, IdleDeadline());
}

Session::Wait Session::WaitForAnswer() {
  return WaitFor(Milestones::kAnswered | Milestones::kClosed, GateDeadline());
}

Session::Wait Session::WaitForFarewell() {
  return WaitFor(Milestones::kAnswered | Milestones::kClientTurn | Milestones::kClosed,
                 HalfClosedDeadline());
}

bool Session::ConnectionIsOver() const {
  return started_ &&
         (connection_.state() == TcpState::kClosed || connection_.state() == TcpState::kTimeWait);
}

bool Session::Interrupted() {
  if (outcome_) return true;
  switch (connection_.close_reason()) {
    case CloseReason::kRefused:
      Finish(Outcome::kRefusedByTarget);
      return true;
    case CloseReason::kReset:
      Finish(Outcome::kResetByTarget);
      return true;
    case CloseReason::kTimedOut:
      Finish(Outcome::kTargetTimeout);
      return true;
    case CloseReason::kNone:
    case CloseReason::kNormal:
    case CloseReason::kAborted:
      break;
  }
  const bool waits_for_target = (wait_mask_ & Milestones::kClientTurn) == 0;
  const bool owes = BytesUnderWay() || (waits_for_target && !TargetHasActed());
  if (owes && context_.loop.Now() >= TargetDeadline()) {
    End(Outcome::kTargetTimeout);
    return true;
  }
  return false;
}

bool Session::BytesUnderWay() const {
  return connection_.bytes_acknowledged() != connection_.bytes_pushed();
}

bool Session::TargetHasActed() const {
  if (closing_) return EverythingDelivered();
  return connection_.was_established() && (!client_.Next() || NextTurnIsOpen());
}

Instant Session::ClientDeadline() const {
  const ReplayPolicy& policy = context_.policy;
  if (gap_since_ != kNever) return gap_since_ + policy.gap_timeout;
  // A client whose SYN production refused or dropped says nothing ever again.
  return client_spoke_ + (client_.has_acknowledged()
                              ? policy.idle_timeout
                              : std::min(policy.handshake_timeout, policy.idle_timeout));
}

Instant Session::IdleDeadline() const {
  return BytesUnderWay() ? std::min(ClientDeadline(), TargetDeadline()) : ClientDeadline();
}

void Session::ClientHasSpoken() {
  // Or not in its time; but something may have come since that was set.
  const Instant now = context_.loop.Now();
  if (woken_by_.Has(Milestones::kDeadline) && now >= ClientDeadline()) client_.OnCaptureEnd();
  // However long the client was silent, the target's time to answer begins now.
  target_moved_ = now;
}

bool Session::ClientIsDone() const {
  return client_.end() != ClientStream::End::kOpen && client_.bytes_taken() == client_.bytes() &&
         NextTurnIsOpen();
}

bool Session::NextTurnIsOpen() const {
  if (!connection_.was_established()) return false;
  const std::optional<Turn> turn = client_.Next();
  if (!turn) return false;
  // A target that has closed will say nothing more that could be waited for.
  return !context_.policy.wait_for_answers || connection_.peer_closed() ||
         gate_.IsOpen(turn->answered, context_.habit, context_.loop.Now()) ||
         context_.loop.Now() >= GapDeadline();
}

Instant Session::GateDeadline() const {
  const Instant quiet = gate_.OpensAt(client_.Next()->answered, context_.habit);
  return std::min({TargetDeadline(), GapDeadline(), quiet});
}

Instant Session::GapDeadline() const {
  // A target has no answer to a request that a gap cut short, and nothing more will be said.
  const bool only_the_end_is_left = client_.HasGap() && client_.bytes_taken() == client_.bytes();
  return only_the_end_is_left ? target_moved_ + context_.habit.max_quiet() : kNever;
}

void Session::SendTurn() {
  const Instant now = context_.loop.Now();
  const Turn turn = *client_.Next();
  if (acks_) acks_->OnTurn(client_.bytes_taken());
  connection_.Push(client_.TakeNext());
  gate_.Tell(context_.habit, turn.answered);
  gate_.OnTurnSent(turn.answered, now);
  target_moved_ = now;
}

void Session::CloseLikeTheClient() {
  closing_ = true;
  // A client that reset without closing must not be seen closing.
  target_moved_ = context_.loop.Now();
  if (client_.end() == ClientStream::End::kReset && !client_.HasFin()) return;
  if (client_.HasGap()) return;
  gate_.Tell(context_.habit, client_.Next()->answered);
  connection_.Close();
}

bool Session::EverythingDelivered() const {
  const bool fin_needed = client_.HasFin() || client_.end() == ClientStream::End::kLost;
  return !BytesUnderWay() && (!fin_needed || client_.HasGap() || connection_.fin_acknowledged());
}

bool Session::HalfClosedIsOver() const {
  return ConnectionIsOver() || client_.end() == ClientStream::End::kReset || client_.HasGap() ||
         context_.loop.Now() >= HalfClosedDeadline();
}

Instant Session::HalfClosedDeadline() const { return target_moved_ + context_.policy.linger; }

void Session::Conclude() {
  Outcome outcome = Outcome::kCompleted;
  if (client_.HasGap()) {
    outcome = Outcome::kCaptureGap;
  } else if (client_.end() == ClientStream::End::kLost) {
    outcome = Outcome::kCaptureEnded;
  } else if (client_.end() == ClientStream::End::kReset && !client_.HasFin()) {
    outcome = Outcome::kResetByClient;
  }
  if (ConnectionIsOver()) {
    Finish(outcome);  // in TIME-WAIT the connection still answers a repeated FIN
  } else {
    End(outcome);
  }
}

// ---------------------------------------------------------------------------------------------------
// What happens to the session: plain synchronous code.

void Session::OnClientSegment(const TcpSegment& segment) {
  // Once the client's end is replayed, only its RST can still change anything.
  if (outcome_ || (closing_ && !segment.flags.rst())) return;
  client_spoke_ = context_.loop.Now();
  const std::uint64_t turns = client_.turns();
  const std::uint64_t bytes = client_.bytes();
  const std::uint64_t conflicting = client_.conflicting_bytes();
  ToConnection to_connection(connection_);
  const ClientStream::Verdict verdict = client_.OnSegment(segment, to_connection);
  context_.ledger.Grow(client_.turns() - turns, client_.bytes() - bytes);
  context_.ledger.CountConflict(client_.conflicting_bytes() - conflicting);
  if (verdict == ClientStream::Verdict::kNoMemory) return End(Outcome::kNoMemory);
  if (acks_ && acks_->OnClientSegment(segment, client_, connection_)) context_.loop.Post(*this);
  const bool progress = verdict == ClientStream::Verdict::kProgress;
  WatchForGap(progress);
  if (progress) Raise(Milestones::kClientTurn);
}

void Session::WatchForGap(bool progress) {
  if (!client_.HasGap()) {
    gap_since_ = kNever;
  } else if (gap_since_ == kNever || progress) {
    gap_since_ = client_spoke_;  // a hole that was filled shows the next one
    if ((wait_mask_ & Milestones::kClientTurn) != 0) {
      wait_deadline_ = std::min(wait_deadline_, ClientDeadline());
      context_.loop.Post(*this);
    }
  }
}

void Session::OnCaptureEnd() {
  if (outcome_) return;
  client_.OnCaptureEnd();
  Raise(Milestones::kClientTurn);
}

void Session::OnReply(const TcpSegment& segment) {
  const Instant now = context_.loop.Now();
  const bool was_established = connection_.was_established();
  const std::uint64_t received = connection_.received();
  const std::uint64_t acknowledged = connection_.bytes_acknowledged();
  connection_.OnSegment(segment, now);
  if (acks_) acks_->OnReply(connection_);
  gate_.NoteHole(connection_.receiver().has_hole());
  if (connection_.was_established() != was_established) target_moved_ = now;
  if (connection_.bytes_acknowledged() != acknowledged) {
    target_moved_ = now;
    client_.OnAcknowledged(connection_.bytes_acknowledged());
  }
  if (connection_.received() != received) {
    const RttEstimator& rtt = connection_.sender().rtt();
    gate_.NoteRoundTrip(rtt.srtt(), rtt.rttvar());
    gate_.OnReceived(connection_.received(), connection_.last_received_push(), now);
    target_moved_ = now;
    milestones_ |= Milestones::kAnswered;
  }
  context_.loop.Post(*this);
}

void Session::OnPathMtu(SeqNum seq, std::uint32_t mtu) {
  connection_.OnPathMtu(seq, mtu, context_.loop.Now());
  context_.loop.Post(*this);
}

void Session::End(Outcome outcome) {
  Finish(outcome);
  connection_.Abort(context_.loop.Now());
  context_.loop.Post(*this);
}

void Session::Finish(Outcome outcome) {
  if (outcome_) return;
  outcome_ = outcome;
  const std::uint64_t acknowledged = connection_.bytes_acknowledged();
  const SessionTotals totals{.sessions = 1,
                             .requests = client_.turns(),
                             .requests_delivered = client_.TurnsAcknowledged(acknowledged),
                             .bytes = client_.bytes(),
                             .bytes_delivered = acknowledged};
  context_.ledger.Close(outcome, totals);
  SetEngaged(false);
  context_.owner.OnSessionFinished(*this, totals);
}

std::optional<SeqNum> Session::snd_nxt() const {
  if (!started_) return std::nullopt;
  const SendSequence& sent = connection_.sender().sequence();
  return sent.Number(sent.max);
}

SeqNum Session::client_next() const {
  return client_iss() + 1 + static_cast<std::uint32_t>(client_.bytes());
}

// ---------------------------------------------------------------------------------------------------
// Waiting.

Session::Wait Session::WaitFor(std::uint8_t mask, Instant deadline) {
  wait_mask_ = mask;
  wait_deadline_ = deadline;
  milestones_ = 0;
  return {};
}

void Session::Raise(std::uint8_t milestones) {
  milestones_ |= milestones;
  if ((milestones_ & wait_mask_) != 0) context_.loop.Post(*this);
}

void Session::NoteProgress() {
  if (connection_.was_established()) milestones_ |= Milestones::kEstablished;
  if (EverythingDelivered()) milestones_ |= Milestones::kDelivered;
  if (ConnectionIsOver()) milestones_ |= Milestones::kClosed;
}

bool Session::WaitIsOver(Instant now) {
  std::uint8_t woken = milestones_;
  if (now >= wait_deadline_) woken |= Milestones::kDeadline;
  if ((woken & (wait_mask_ | Milestones::kDeadline)) == 0) return false;
  woken_by_ = Milestones(woken);
  return true;
}

void Session::Run() {
  const Instant now = context_.loop.Now();
  if (started_) {
    if (now >= connection_.NextTimeout()) connection_.OnTimeout(now);
    NoteProgress();
    while (!outcome_ && WaitIsOver(now)) {
      story_.Resume();
      NoteProgress();
    }
    const bool waits_for_target = (wait_mask_ & Milestones::kClientTurn) == 0;
    SetEngaged(!outcome_ && (waits_for_target || BytesUnderWay()));
    Transmit(now);
  }
  if (outcome_ && connection_.state() == TcpState::kClosed && !connection_.HasOutput(now) &&
      connection_.NextTimeout() == kNever) {
    context_.owner.OnSessionOver(*this);  // destroys this
    return;
  }
  ArmTimer();
}

void Session::Transmit(Instant now) {
  if (!connection_.HasOutput(now)) return;
  while (SendSlot* const slot = context_.sink.Acquire()) {
    const std::size_t length = connection_.PollTransmit(now, slot->buffer);
    if (length == 0) return context_.sink.Release(slot);
    context_.sink.Send(slot, length, replayed().peer.address);
  }
  if (!Runnable::is_linked()) context_.sink.PostWhenFree(*this);
}

void Session::ArmTimer() {
  const Instant story = outcome_ || !started_ ? kNever : wait_deadline_;
  context_.loop.timers().Set(*this, std::min(story, connection_.NextTimeout()));
}

void Session::SetEngaged(bool engaged) {
  if (engaged == engaged_) return;
  engaged_ = engaged;
  context_.owner.OnEngagedChange(engaged ? 1 : -1);
}

}  // namespace tcpcopy
