#pragma once

#include <array>
#include <cstdint>

#include "netstack/wire/parse_error.h"
#include "netstack/wire/transport.h"
#include "src/replay/histogram.h"
#include "src/replay/outcome.h"

namespace tcpcopy {

/// What happened to one captured packet. Each captured packet has exactly one.
enum class PacketVerdict : std::uint8_t {
  kToSession,  // belongs to a session that is replayed
  kLeftOut,    // belongs to a session that is not replayed
  kStray,  // of no session: an ACK or FIN of a connection that began before the capture or is over
  kNotSelected,  // not from a client to a source of -x
  kTwin,         // UDP: another interface's view of a packet that was captured already
  kCount,
};

std::string_view Key(PacketVerdict verdict);

/// What one row of the ledger adds up.
struct SessionTotals {
  std::uint64_t sessions = 0;
  std::uint64_t requests = 0;            // client turns captured; UDP: datagrams
  std::uint64_t requests_delivered = 0;  // wholly acknowledged by the target; UDP: sent to it
  std::uint64_t bytes = 0;               // client stream bytes captured, each counted once
  std::uint64_t bytes_delivered = 0;     // acknowledged by the target; UDP: sent to it

  SessionTotals& operator+=(const SessionTotals& other);
  SessionTotals& operator-=(const SessionTotals& other);
  bool operator==(const SessionTotals&) const = default;
};

/// What is only counted of datagrams.
struct DatagramCounts {
  std::uint64_t answered = 0;     // have a reply: each reply answers the oldest one without
  std::uint64_t unreachable = 0;  // ICMP messages that one did not arrive
  std::uint64_t too_long = 0;     // not sent: IPv6 takes 20 bytes more than IPv4
  std::uint64_t no_room = 0;      // not sent: too much waited already
  std::uint64_t made_room = 0;    // sessions ended early to make room for others

  DatagramCounts& operator+=(const DatagramCounts& other);
  bool operator==(const DatagramCounts&) const = default;
};

/// The one book of all that was captured: `seen() = sum of outcomes + active` always, in sessions,
/// requests and bytes; captured packets = sum of verdicts + parse errors.
class Ledger {
 public:
  Ledger() = default;
  explicit Ledger(Transport transport) : transport_(transport) {}

  /// A session was seen. It stays active until `Close`.
  void Open() {
    ++active_.sessions;
    ++seen_.sessions;
  }
  /// The active session's stream has grown; counted at once so that the sums hold at any time.
  void Grow(std::uint64_t requests, std::uint64_t bytes);
  /// The active session ended so. `totals.sessions` must be 1; requests and bytes what was given to
  /// `Grow` for it.
  void Close(Outcome outcome, const SessionTotals& totals);
  /// A session that is not replayed was seen, or (`sessions` 0) more bytes of one.
  void LeaveOut(Outcome outcome, const SessionTotals& totals);

  /// What was given to `LeaveOut` turned out to be of a session that is counted elsewhere.
  void TakeBack(Outcome outcome, const SessionTotals& totals);
  /// A session was opened in mid-stream; the `skipped` bytes captured before are not replayed, and
  /// are in no other sum.
  void CountAdopted(std::uint64_t skipped) {
    ++adopted_sessions_;
    skipped_bytes_ += skipped;
  }

  /// A session of a source with a schedule (a file) was opened so much later than it was due.
  void CountLateness(Duration late) { lateness_.Add(late); }

  void CountPacket(PacketVerdict verdict) { ++verdicts_[static_cast<std::size_t>(verdict)]; }
  void CountParseError(ParseError error) { ++parse_errors_[static_cast<std::size_t>(error)]; }
  void CountCutPacket() { ++cut_packets_; }
  /// A packet is of a session that another shard replays: it is in no other number.
  void CountOfOtherShard() { ++of_other_shards_; }
  /// A segment held `bytes` bytes that were captured before with another value; 0 counts nothing.
  void CountConflict(std::uint64_t bytes) {
    conflicting_segments_ += bytes > 0 ? 1 : 0;
    conflicting_bytes_ += bytes;
  }
  /// A router told that a packet of a session was too big for its next link.
  void CountTooBig() { ++too_big_; }
  void CountReply(bool matched) { ++(matched ? replies_ : stray_replies_); }
  /// A reply came by another carrier than the one that brings its session's.
  void CountReplyTwice() { ++replies_twice_; }

  Transport transport() const { return transport_; }
  /// How a session ends when all went well.
  Outcome success() const {
    return transport_ == Transport::kUdp ? Outcome::kAnswered : Outcome::kCompleted;
  }
  DatagramCounts& datagrams() { return datagrams_; }
  const DatagramCounts& datagrams() const { return datagrams_; }
  const SessionTotals& seen() const { return seen_; }
  const SessionTotals& active() const { return active_; }
  const SessionTotals& Of(Outcome outcome) const {
    return outcomes_[static_cast<std::size_t>(outcome)];
  }
  /// Sessions seen, but for those that every reading of the same capture would leave out.
  std::uint64_t Replayable() const {
    return seen_.sessions - Of(Outcome::kNoSynSeen).sessions -
           Of(Outcome::kLeftOutBySampling).sessions;
  }
  std::uint64_t packets() const;
  std::uint64_t Of(PacketVerdict verdict) const {
    return verdicts_[static_cast<std::size_t>(verdict)];
  }
  std::uint64_t Of(ParseError error) const {
    return parse_errors_[static_cast<std::size_t>(error)];
  }
  const Histogram& lateness() const { return lateness_; }
  std::uint64_t cut_packets() const { return cut_packets_; }
  std::uint64_t of_other_shards() const { return of_other_shards_; }
  std::uint64_t adopted_sessions() const { return adopted_sessions_; }
  std::uint64_t skipped_bytes() const { return skipped_bytes_; }
  std::uint64_t conflicting_segments() const { return conflicting_segments_; }
  std::uint64_t conflicting_bytes() const { return conflicting_bytes_; }
  std::uint64_t too_big() const { return too_big_; }
  std::uint64_t replies() const { return replies_; }
  std::uint64_t stray_replies() const { return stray_replies_; }
  std::uint64_t replies_twice() const { return replies_twice_; }

  /// Adds all numbers of another part of the same run; what held for both holds for the sum.
  Ledger& operator+=(const Ledger& other);

  /// The sum of all outcomes.
  SessionTotals Ended() const;
  /// Whether seen = ended + active in every column. False is a bug of ours.
  bool Reconciles() const;

  bool operator==(const Ledger&) const = default;

 private:
  Transport transport_ = Transport::kTcp;
  DatagramCounts datagrams_;
  SessionTotals seen_;
  SessionTotals active_;
  std::array<SessionTotals, kOutcomes> outcomes_{};
  std::array<std::uint64_t, static_cast<std::size_t>(PacketVerdict::kCount)> verdicts_{};
  std::array<std::uint64_t, static_cast<std::size_t>(ParseError::kCount)> parse_errors_{};
  Histogram lateness_;
  std::uint64_t cut_packets_ = 0;
  std::uint64_t of_other_shards_ = 0;
  std::uint64_t adopted_sessions_ = 0;
  std::uint64_t skipped_bytes_ = 0;
  std::uint64_t conflicting_segments_ = 0;
  std::uint64_t conflicting_bytes_ = 0;
  std::uint64_t too_big_ = 0;
  std::uint64_t replies_ = 0;
  std::uint64_t stray_replies_ = 0;
  std::uint64_t replies_twice_ = 0;
};

}  // namespace tcpcopy
