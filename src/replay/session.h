#pragma once

#include <array>
#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "netstack/tcp/isn_generator.h"
#include "netstack/tcp/tcp_connection.h"
#include "src/io/packet_sink.h"
#include "src/io/reply_path.h"
#include "src/replay/answer_gate.h"
#include "src/replay/answer_habit.h"
#include "src/replay/client_acks.h"
#include "src/replay/client_flow.h"
#include "src/replay/client_stream.h"
#include "src/replay/ledger.h"
#include "src/replay/milestone.h"
#include "src/replay/replay_policy.h"
#include "src/replay/target_contact.h"
#include "src/runtime/event_loop.h"
#include "src/runtime/session_task.h"

namespace tcpcopy {

class Session;

/// Told when a session needs nothing and nobody any more; destroys it.
class SessionOwner {
 public:
  virtual void OnSessionOver(Session& session) = 0;
  /// The number of sessions that wait for the target has changed by `change`: for its answer, or
  /// for bytes to be acknowledged and so make room. Who waits for the captured client only is none.
  virtual void OnEngagedChange(int change) = 0;
  /// A session has its outcome, with what it comes to; `OnSessionOver` follows when its connection
  /// is gone as well.
  virtual void OnSessionFinished(const Session& session, const SessionTotals& totals) = 0;

 protected:
  ~SessionOwner() = default;
};

/// What all sessions of a worker with one target use together. Only the habit is owned.
struct SessionContext {
  EventLoop& loop;
  PacketSink& sink;
  TcpMemory& tcp_memory;
  StreamMemory& stream_memory;
  Ledger& ledger;
  const ReplayPolicy& policy;
  const IsnGenerator& isn;
  SessionOwner& owner;
  AnswerHabit habit;                 // the target's
  TargetContact* contact = nullptr;  // with the target; the dispatcher's
};

/// One copied connection: what the captured client did, a TCP client of our own towards the target,
/// and the coroutine that tells the first to the second. Timer, ready-queue node and coroutine
/// frame are members: destroying a session cancels all that it waits for.
class Session final : public Runnable, public Timer {
 public:
  /// `captured`: client and production endpoints of the SYN. `replayed`: our endpoint and the
  /// target.
  Session(SessionContext& context, const ClientFlow& captured, const FlowKey& replayed,
          const TcpSegment& syn);
  ~Session();

  /// Opens the connection to the target, with a sequence number behind `least_isn` where the target
  /// may be in TIME-WAIT. Client segments may be recorded before.
  void Start(std::optional<SeqNum> least_isn);
  /// One captured segment of this client, the SYN included.
  void OnClientSegment(const TcpSegment& segment);
  /// One segment of the target.
  void OnReply(const TcpSegment& segment);
  /// A router told that our packet with number `seq` is longer than the `mtu` bytes of its next
  /// link. Anybody can have sent that; only what is plausible is believed.
  void OnPathMtu(SeqNum seq, std::uint32_t mtu);
  /// Nothing more of this client will be captured.
  void OnCaptureEnd();
  /// Ends the session with RST, as `outcome` unless it has one already.
  void End(Outcome outcome);

  const ClientFlow& captured() const { return captured_; }
  const FlowKey& replayed() const { return connection_.flow(); }
  TargetContact& contact() { return *context_.contact; }
  SeqNum client_iss() const { return SeqNum(client_.iss()); }
  /// Whether it has been waiting for the target since `since`, and nothing came.
  bool SilentSince(Instant since) const { return engaged_ && target_moved_ <= since; }
  /// How the session ended; empty while it is active.
  std::optional<Outcome> outcome() const { return outcome_; }
  /// The target has taken our SYN, or refused it.
  bool was_answered() const { return connection_.was_established() || ConnectionIsOver(); }
  /// Behind all that was sent to the target; empty before the SYN was.
  std::optional<SeqNum> snd_nxt() const;
  /// The client's next new sequence number.
  SeqNum client_next() const;

  /// Whether its client's packets belong to it; set by FlowTable.
  bool is_by_client() const { return is_by_client_; }
  void set_by_client(bool is_by_client) { is_by_client_ = is_by_client; }

  /// Its neighbours in the line of those who want one 4-tuple towards the target; see FlowTable.
  /// Not owned.
  Session* predecessor = nullptr;
  Session* successor = nullptr;
  /// Its place in the SessionPool, which alone uses it.
  std::uint32_t pool_slot = 0;
  /// Who brings its replies, once the first has come; see Dispatcher.
  ReplyPath::Carrier carrier = 0;

  // Runtime's side.
  void Run() override;
  void OnTimer() override { context_.loop.Post(*this); }
  /// Room for the coroutine's frame; see SessionTask.
  void* FrameRoom(std::size_t size);
  /// Bytes that the frame really takes, 0 before the first session.
  static std::size_t frame_size() { return frame_size_; }

  static constexpr std::size_t kFrameRoom = 80;

 private:
  /// Suspends until what the session waits for has come; see `WaitFor`. Without any state, because
  /// the frame keeps room for each that the story writes down. (Constructed in place and never
  /// copied: GCC 12 destroys temporaries of a co_await expression twice.)
  struct Wait {
    Wait() = default;
    Wait(const Wait&) = delete;
    Wait operator=(const Wait&) = delete;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<>) {}
    void await_resume() const {}
  };

  SessionTask Story();
  /// From now until one of `mask` comes, or `deadline`.
  Wait WaitFor(std::uint8_t mask, Instant deadline);

  void WatchForGap(bool progress);
  void Raise(std::uint8_t milestones);
  void NoteProgress();
  bool WaitIsOver(Instant now);
  void Transmit(Instant now);
  void ArmTimer();
  void Finish(Outcome outcome);
  void SetEngaged(bool engaged);

  // The story's words; each is a plain function so that the coroutine's frame stays small: it has
  // no locals.
  Wait WaitForTarget(std::uint8_t milestone);
  Wait WaitForClient();
  Wait WaitForAnswer();
  Wait WaitForFarewell();
  bool ConnectionIsOver() const;
  bool Interrupted();
  /// Whether what the story waits for from the target has come.
  bool TargetHasActed() const;
  /// Bytes were sent, or are to be, that the target has not acknowledged.
  bool BytesUnderWay() const;
  Instant ClientDeadline() const;
  Instant IdleDeadline() const;
  void ClientHasSpoken();
  bool ClientIsDone() const;
  bool NextTurnIsOpen() const;
  Instant TargetDeadline() const { return target_moved_ + context_.policy.answer_timeout; }
  Instant GateDeadline() const;
  Instant GapDeadline() const;
  void SendTurn();
  void CloseLikeTheClient();
  bool EverythingDelivered() const;
  bool HalfClosedIsOver() const;
  Instant HalfClosedDeadline() const;
  void Conclude();

  SessionContext& context_;
  const ClientFlow captured_;
  TcpConnection connection_;
  ClientStream client_;
  std::unique_ptr<ClientAcks> acks_;  // with --faithful-acks
  AnswerGate gate_;
  Instant client_spoke_{};      // when the last segment of the client was captured
  Instant gap_since_ = kNever;  // since when the client bytes that are next are missing
  Instant target_moved_{};      // last progress of the exchange: answered, acknowledged, or asked
  std::optional<Outcome> outcome_;
  std::uint8_t milestones_ = 0;  // since the last wait
  std::uint8_t wait_mask_ = 0;
  Milestones woken_by_;
  bool is_by_client_ : 1 = false;
  bool engaged_ : 1 = false;
  bool started_ : 1 = false;
  bool closing_ : 1 = false;  // the client's end is being replayed
  Instant wait_deadline_ = kNever;
  alignas(std::max_align_t) std::array<std::byte, kFrameRoom> frame_;
  SessionTask story_;  // behind frame_, so that it is destroyed first
  static std::atomic<std::size_t> frame_size_;
};

}  // namespace tcpcopy
