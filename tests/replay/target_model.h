#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "netstack/base/prng.h"
#include "netstack/wire/flow_key.h"
#include "netstack/wire/tcp_segment.h"

namespace tcpcopy {

/// A target of its own making, for tests: strict, simple, and no relative of netstack/tcp, because
/// an oracle must not share the code under test. It neither loses nor repeats anything itself.
class TargetModel {
 public:
  /// One accepted connection, as the target's application sees it.
  struct Connection {
    std::string received;     // the client's bytes, in order
    std::size_t largest = 0;  // payload bytes of the largest segment
    bool fin_received = false;
    bool reset_received = false;
    std::uint32_t syns = 0;
    TcpOptions syn_options;
    std::ptrdiff_t answered = 0;  // the application's own count

    void Reply(const std::string& text) { to_send += text; }
    void Close() { close = true; }
    void Reset() { reset = true; }

    // The target's TCP.
    std::uint32_t rcv_nxt = 0;
    std::uint32_t snd_nxt = 0;
    std::string to_send;
    bool close = false;
    bool fin_sent = false;
    bool reset = false;
  };

  enum class OnSyn { kAccept, kRefuse, kIgnore };

  /// How the application reacts to new bytes, to a FIN, and (with nothing received) to the
  /// handshake.
  std::function<void(Connection&)> application;
  OnSyn on_syn = OnSyn::kAccept;
  /// Takes no packet any more, as a host that is gone.
  bool gone = false;

  /// Takes one IP packet and returns the IP packets that answer it.
  std::vector<std::vector<std::uint8_t>> OnPacket(ConstBytes packet);
  /// What the application wants to send by itself, to the client of `flow` (local: the client).
  std::vector<std::vector<std::uint8_t>> Flush(const FlowKey& flow);

  /// By flow, client first. A connection that reuses a 4-tuple replaces the older one.
  const std::map<std::string, Connection>& connections() const { return connections_; }
  Connection& Of(const FlowKey& flow);
  /// The one connection there is.
  Connection& only();

 private:
  using Packets = std::vector<std::vector<std::uint8_t>>;

  void Accept(Connection& connection, const TcpSegment& syn, const FlowKey& flow, Packets& out);
  void Take(Connection& connection, const TcpSegment& segment);
  void Answer(Connection& connection, const FlowKey& flow, bool ack_owed, Packets& out);
  static std::vector<std::uint8_t> Packet(const FlowKey& flow, const Connection& connection,
                                          std::uint8_t flags, const std::string& payload);

  std::map<std::string, Connection> connections_;
};

}  // namespace tcpcopy
