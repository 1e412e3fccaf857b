#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "netstack/base/prng.h"
#include "netstack/base/time.h"
#include "netstack/wire/flow_key.h"
#include "netstack/wire/packet_view.h"
#include "netstack/wire/tcp_segment.h"
#include "tests/sim/network.h"

namespace tcpcopy::sim {

/// How a target's TCP is set up; varied from seed to seed.
struct TargetSetup {
  std::uint16_t mss = 1460;
  std::optional<std::uint8_t> window_scale = 7;
  bool timestamps = true;
  bool sack = true;
  std::uint32_t window = 65535;  // receive buffer, bytes
  bool slow_reader = false;      // the application reads a little now and then: zero windows
};

/// An independent TCP server: simple, slow and strict. Shares no line with netstack/tcp, because an
/// oracle must not share the code under test; it notes every rule that a client breaks.
class StrictTarget {
 public:
  static constexpr Duration kRto = std::chrono::milliseconds(250);

  /// One connection, as the application and the checkers see it.
  struct Connection {
    FlowKey flow;          // local: the client's
    std::string received;  // in order
    bool fin_received = false;
    bool reset_received = false;
    bool established = false;

    // The application's side.
    std::string to_send;       // everything that it ever wrote
    bool close = false;        // FIN behind it
    std::size_t app_turn = 0;  // for the application's own use

    // Offsets are 64-bit and count the stream's bytes from 0; SYN and FIN are apart.
    std::uint32_t irs = 0;
    std::uint32_t iss = 0;
    std::uint64_t acked = 0;
    std::uint64_t sent = 0;  // highest
    bool fin_sent = false;
    bool fin_acked = false;
    std::uint64_t right_edge = 0;  // highest stream offset ever advertised
    std::uint64_t unread = 0;      // received, not read by the application
    std::map<std::uint64_t, std::string> early;
    std::optional<std::uint64_t> fin_at;
    std::uint32_t peer_window = 0;
    std::uint8_t peer_scale = 0;
    bool scaling = false;
    bool timestamps = false;
    bool sack = false;
    std::uint32_t ts_recent = 0;
    std::uint16_t peer_mss = 536;
    Instant timer = kNever;
    Instant read_timer = kNever;
    int backoff = 0;
  };

  using Application = std::function<void(Connection&)>;
  using Send = std::function<void(Packet)>;

  StrictTarget(TargetSetup setup, Prng prng, Application application, Send send)
      : setup_(setup), prng_(prng), application_(std::move(application)), send_(std::move(send)) {}

  void OnPacket(const Packet& packet, Instant now);
  /// Retransmissions and slow reading that are due.
  void OnTime(Instant now);
  Instant NextTimer() const;

  const std::map<std::string, Connection>& connections() const { return connections_; }
  /// Rules that the client broke, a line each.
  const std::vector<std::string>& violations() const { return violations_; }
  std::uint64_t bad_checksums() const { return bad_checksums_; }

 private:
  void Violation(const Connection& connection, const std::string& what);
  void OnSyn(const PacketView& view, Instant now);
  void OnSegment(Connection& connection, const TcpSegment& segment, Instant now);
  bool TakeAck(Connection& connection, const TcpSegment& segment, Instant now);
  void TakeText(Connection& connection, const TcpSegment& segment);
  void Assemble(Connection& connection);
  void Output(Connection& connection, Instant now, bool ack_owed);
  void Emit(Connection& connection, std::uint8_t flags, std::uint64_t offset,
            const std::string& text, Instant now);
  void EmitAck(Connection& connection, Instant now);
  std::uint32_t WindowNow(const Connection& connection) const;
  void AddSack(const Connection& connection, TcpOptions& options) const;

  const TargetSetup setup_;
  Prng prng_;
  const Application application_;
  const Send send_;
  std::map<std::string, Connection> connections_;
  std::vector<std::string> violations_;
  std::uint64_t bad_checksums_ = 0;
};

}  // namespace tcpcopy::sim
