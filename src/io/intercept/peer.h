#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "netstack/wire/endpoint.h"
#include "src/io/intercept/acceptor.h"
#include "src/io/intercept/peer_handler.h"
#include "src/io/intercept/secret.h"
#include "src/io/intercept/stream_socket.h"

namespace tcpcopy {

class Peer;

/// Who keeps the peers.
class PeerOwner {
 public:
  virtual bool HasRoom() const = 0;
  virtual void OnUp(Peer& peer, const std::string& program) = 0;
  /// It is closed and is to be destroyed, later. `served`: it was up.
  virtual void OnEnded(Peer& peer, bool served, const std::string& why) = 0;
  virtual void OnTooSlow(Peer& peer) = 0;

 protected:
  ~PeerOwner() = default;
};

/// One connection of a tcpcopy: the socket, what is spoken on it, and how long it may be silent.
class Peer final : private StreamSocketHandler, private AcceptorEvents, private Timer {
 public:
  /// Replies that wait for one that reads slowly, in bytes.
  static constexpr std::size_t kOutLimit = 4 * 1024 * 1024;

  struct Options {
    ReplyProtocol protocol = ReplyProtocol::kOwn;
    const Secret* secret = nullptr;  // not owned
    std::size_t batch = 0;
    std::string program;
  };

  struct Stats {
    std::uint64_t replies = 0;
    std::uint64_t replies_dropped = 0;
    std::uint64_t announcements_dropped = 0;
    std::uint64_t batches = 0;
    std::uint64_t bytes = 0;
  };

  /// `loop`, `owner` and `handler` are not owned and must outlive it.
  Peer(EventLoop& loop, PeerOwner& owner, PeerHandler& handler, PeerId id, const Endpoint& address,
       const Options& options);

  /// Takes over the connection. Apart from the construction because it may fail at once.
  void Begin(UniqueFd fd);
  /// Tells the other side why, and ends.
  void Refuse(const Refusal& refusal);

  PeerId id() const { return id_; }
  const Endpoint& address() const { return address_; }
  bool up() const { return up_; }

  bool Send(ConstBytes ip_packet, std::size_t wire_length);
  Stats stats() const;

 private:
  // StreamSocketHandler.
  void OnConnected() override {}
  void OnBytes(ConstBytes bytes) override;
  void OnClosed(const std::string& why) override { End(why); }

  // AcceptorEvents.
  bool HasRoom() override { return owner_.HasRoom(); }
  void OnUp(std::uint32_t payload_bytes, const std::string& program) override;
  void OnTargets(std::span<const Endpoint> targets) override { handler_.OnTargets(id_, targets); }
  void OnAnnounce(const FlowKey& flow) override { handler_.OnAnnounce(id_, flow); }
  void OnWithdraw(const FlowKey& flow) override { handler_.OnWithdraw(id_, flow); }
  void OnHeartbeat(const Heartbeat& heartbeat) override { told_ = heartbeat; }
  std::string OnQuestion(std::string_view question) override {
    return handler_.OnQuestion(id_, question);
  }

  void OnTimer() override;
  void Beat();
  void End(const std::string& why);

  EventLoop& loop_;
  PeerOwner& owner_;
  PeerHandler& handler_;
  const PeerId id_;
  const Endpoint address_;
  const ReplyProtocol protocol_;
  StreamSocket socket_;
  std::unique_ptr<Acceptor> acceptor_;  // none: no randomness for a nonce
  std::uint32_t payload_bytes_ = 0;
  bool up_ = false;
  bool too_slow_ = false;  // told already
  Heartbeat told_;
  std::uint64_t replies_ = 0;
  std::uint64_t replies_dropped_ = 0;
  std::uint64_t dropped_before_ = 0;  // at the last heartbeat
};

}  // namespace tcpcopy
