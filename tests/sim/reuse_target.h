#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <unordered_map>
#include <vector>

#include "netstack/base/prng.h"
#include "netstack/base/time.h"
#include "netstack/wire/packet_view.h"
#include "tests/sim/packet.h"

namespace tcpcopy::sim {

/// A target for millions of short sessions that judges one thing only: how 4-tuples are used again.
/// Answers each request after a random time, closes first or second by chance, and keeps TIME-WAIT
/// as strictly as RFC 9293 3.6.1 lets it. Shares no code with netstack/tcp.
class ReuseTarget {
 public:
  struct Verdict {
    std::uint64_t accepted = 0;
    std::uint64_t collisions = 0;      // a SYN on a 4-tuple whose connection lives
    std::uint64_t not_acceptable = 0;  // a SYN that a target in TIME-WAIT does not take
    std::uint64_t reused_early = 0;    // one that it does take, before its time is over
    std::uint64_t most_live = 0;
  };

  static constexpr Duration kTimeWait = std::chrono::seconds(60);

  /// `send` gets the answers, when they are due.
  ReuseTarget(std::uint64_t seed, std::function<void(Packet)> send)
      : prng_(seed), send_(std::move(send)) {}

  void OnPacket(const Packet& packet, Instant now);
  void OnTime(Instant now);
  Instant NextTimer() const { return due_.empty() ? kNever : due_.top().at; }

  const Verdict& verdict() const { return verdict_; }
  std::uint64_t live() const { return live_; }

 private:
  struct Connection {
    bool open = false;
    bool closed_first = false;
    bool fin_sent = false;
    bool fin_received = false;
    SeqNum irs;
    SeqNum rcv_nxt;
    SeqNum snd_nxt;
    Instant time_wait_until{};
  };
  struct Due {
    Instant at;
    std::uint64_t order = 0;
    FlowKey flow;  // as the client names it
    SeqNum irs;    // of its connection
    bool close = false;

    bool operator<(const Due& other) const {
      return at != other.at ? at > other.at : order > other.order;
    }
  };

  void OnSyn(const PacketView& view, Instant now);
  void Emit(const FlowKey& flow, const Connection& connection, SeqNum seq, std::uint8_t flags,
            std::string_view text);
  void Schedule(const FlowKey& flow, const Connection& connection, bool close, Instant now);

  Prng prng_;
  const std::function<void(Packet)> send_;
  std::unordered_map<FlowKey, Connection, FlowKeyHash> connections_;
  std::priority_queue<Due> due_;
  std::uint64_t scheduled_ = 0;
  std::uint64_t live_ = 0;
  Verdict verdict_;
};

}  // namespace tcpcopy::sim
