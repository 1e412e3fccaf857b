#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "netstack/wire/packet_view.h"
#include "tests/sim/target_connection.h"

namespace tcpcopy::sim {

/// An independent TCP server: simple, slow and strict. Shares no line with netstack/tcp, because an
/// oracle must not share the code under test.
class StrictTarget {
 public:
  enum class Reception { kAccept, kRefuse, kIgnore };
  /// What to do with a SYN of this flow (local: the client's end).
  using Listener = std::function<Reception(const FlowKey&)>;

  StrictTarget(TargetConnection::Host host, Listener listener, Prng prng)
      : host_(std::move(host)), listener_(std::move(listener)), prng_(prng) {}

  void OnPacket(const Packet& packet, Instant now);
  /// Retransmissions and slow reading that are due.
  void OnTime(Instant now);
  Instant NextTimer() const;

  /// In the order of their SYNs; ports may occur more than once.
  const std::deque<TargetConnection>& connections() const { return connections_; }
  /// What the target found wrong, a line each.
  const std::vector<std::string>& violations() const { return violations_; }

 private:
  void OnSyn(const PacketView& view, Instant now);
  void Refuse(const PacketView& view);

  const TargetConnection::Host host_;
  const Listener listener_;
  Prng prng_;
  std::deque<TargetConnection> connections_;
  std::map<std::string, TargetConnection*> newest_;  // of each flow
  std::vector<std::string> violations_;
};

}  // namespace tcpcopy::sim
