#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "netstack/wire/tcp_segment.h"
#include "src/replay/backlog.h"
#include "src/replay/stream_clock.h"

namespace tcpcopy {

/// What the captured client did, in stream order: its bytes, its turns, its end. Reassembles what
/// the capture shows out of order or twice; where copies of a byte differ, the one captured first
/// is the client's. The bytes themselves go straight into a `ByteSink` (the send buffer of the
/// session's connection); here only positions are kept.
class ClientStream {
 public:
  /// Takes the client's bytes in order, each exactly once.
  class ByteSink {
   public:
    /// All or nothing; false when there is no memory.
    virtual bool Append(ConstBytes bytes) = 0;
    /// How many of `bytes`, which belong at stream offset `offset`, differ from those appended
    /// there, as far as these are still known.
    virtual std::uint64_t CountDifferentAt(std::uint64_t offset, ConstBytes bytes) const = 0;

   protected:
    ~ByteSink() = default;
  };

  enum class End : std::uint8_t {
    kOpen,   // more may come
    kFin,    // the client closed; all bytes before its FIN are known
    kReset,  // the client sent RST, and did not speak on (a forged one, or a scanner's kernel)
    kLost,   // the capture ended, or a newer connection took the client's port
  };

  enum class Verdict : std::uint8_t {
    kNothingNew,  // an ACK, a duplicate, or bytes beyond a hole
    kProgress,    // new bytes in order, or the end of the stream
    kNoMemory,    // the pool is empty; the stream is incomplete from here on
  };

  /// `syn` is the client's SYN, whose sequence number the stream begins at. `memory` is not owned.
  ClientStream(const TcpSegment& syn, StreamMemory& memory);
  ~ClientStream() { ForgetBacklog(); }
  ClientStream(const ClientStream&) = delete;
  ClientStream& operator=(const ClientStream&) = delete;

  /// Takes one captured segment of the client, in order of capture.
  Verdict OnSegment(const TcpSegment& segment, ByteSink& sink);
  /// No further segment will come.
  void OnCaptureEnd();

  /// The turn that the next unsent byte, or the client's end, belongs to; empty when there is
  /// nothing to do before more is captured. `end` is what is known so far: the newest turn may
  /// still grow.
  std::optional<Turn> Next() const {
    if (HasWaiting()) return backlog_->waiting.front();
    if (turns_ > 0 && newest_.end > taken_) return newest_;
    if (end() == End::kOpen) return std::nullopt;
    return Turn{next_, end_answered_};
  }
  /// Takes all bytes of the `Next()` turn that are known; returns how many.
  std::uint64_t TakeNext();
  /// Forgets the turns that are wholly acknowledged when `acknowledged` stream bytes are, so that
  /// their memory is free.
  void OnAcknowledged(std::uint64_t acknowledged);
  /// Turns that are taken and wholly acknowledged when `acknowledged` stream bytes are.
  std::uint64_t TurnsAcknowledged(std::uint64_t acknowledged);

  End end() const {
    if (next_ >= reset_at_) return End::kReset;
    if (HasFin()) return End::kFin;
    return lost_ ? End::kLost : End::kOpen;
  }
  /// True when the client has sent more than the bytes that are known: later ones were captured, or
  /// its FIN or RST, or an ACK from behind them, or a packet that the capture cut.
  bool HasGap() const {
    const std::uint64_t sent = HasReset() ? std::max(sent_, reset_at_) : sent_;
    return next_ < std::min(sent, fin_at_);
  }

  /// Most of production's stream that the client has acknowledged: bytes, and one for the FIN.
  std::uint64_t answered() const { return answered_; }
  /// True when the client has answered production's SYN: its connection was established.
  bool has_acknowledged() const { return first_ack_.has_value(); }

  std::uint32_t iss() const { return iss_.raw(); }
  std::uint64_t bytes() const { return next_; }  // contiguous
  /// Captured bytes that had been captured before with another value, or lie behind the FIN.
  std::uint64_t conflicting_bytes() const { return conflicting_bytes_; }
  std::uint64_t bytes_taken() const { return taken_; }
  std::uint64_t turns() const { return turns_; }
  /// True when the client's FIN was captured with everything before it.
  bool HasFin() const { return next_ >= fin_at_; }
  bool HasReset() const { return reset_at_ != kNowhere; }

 private:
  /// The stream's part of one segment: bytes from `offset` on. `end` is behind the last byte that
  /// was on the wire; beyond `bytes` when the capture cut the packet.
  struct Span {
    std::uint64_t offset = 0;
    std::uint64_t end = 0;
    ConstBytes bytes;
  };

  bool IsOldDuplicate(const TcpSegment& segment, const Span& span) const;
  std::uint64_t NoteAnswered(const TcpSegment& segment);
  Verdict OnReset(const TcpSegment& segment);
  bool SpeaksOnAfterReset(const TcpSegment& segment) const;
  std::uint64_t OffsetOf(SeqNum seq) const;
  std::optional<Span> Place(const TcpSegment& segment) const;
  void NoteTimestamp(const TcpSegment& segment, const Span& span);
  void NoteFin(const Span& span, std::uint64_t answered);
  void CutAtFin(Span& span);
  Backlog& NeedBacklog();
  void ForgetEmptyBacklog();
  void ForgetBacklog();
  bool HasWaiting() const { return backlog_ != nullptr && !backlog_->waiting.empty(); }
  bool HoldBack(const Span& span, std::uint64_t answered);
  bool Advance(const Span& span, std::uint64_t answered, ByteSink& sink);
  void CompareKnown(const Span& span, const ByteSink& sink);
  bool Deliver(ConstBytes bytes, std::uint64_t answered, ByteSink& sink);
  bool ExtendTurn(std::uint64_t answered);

  SeqNum iss_;
  StreamClock clock_;
  bool lost_ = false;
  std::optional<SeqNum> first_ack_;  // what the client acknowledged first: production's ISS + 1
  std::uint64_t answered_ = 0;       // most response bytes that the client has acknowledged
  std::uint64_t next_ = 0;           // bytes known without a hole
  std::uint64_t taken_ = 0;          // of these, handed out by TakeNext
  std::uint64_t sent_ = 0;           // bytes that the client is known to have sent
  std::uint64_t fin_at_ = kNowhere;
  std::uint64_t end_answered_ = 0;  // response bytes it had seen when it ended
  std::uint64_t conflicting_bytes_ = 0;
  std::uint64_t reset_at_ = kNowhere;

  std::uint64_t turns_ = 0;
  std::uint64_t turns_acknowledged_ = 0;
  Turn newest_;  // still growing; not in any queue; none while `turns_` is 0
  StreamMemory& memory_;
  Backlog* backlog_ = nullptr;  // older turns, and bytes behind a hole, if there are any

  static constexpr std::uint64_t kNowhere = ~std::uint64_t{0};
};

}  // namespace tcpcopy
