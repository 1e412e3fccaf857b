#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "netstack/base/prng.h"
#include "netstack/wire/endpoint.h"
#include "src/io/intercept/connector.h"
#include "src/io/intercept/reply_protocol.h"
#include "src/io/intercept/secret.h"
#include "src/io/intercept/stream_socket.h"
#include "src/io/reply_path.h"

namespace tcpcopy {

class Channel;

/// Who keeps the channels.
class ChannelOwner {
 public:
  virtual void OnUp(Channel& channel) = 0;
  /// It was up.
  virtual void OnDown(Channel& channel, const std::string& why) = 0;
  /// It could not come up.
  virtual void OnTrouble(Channel& channel, const std::string& why) = 0;
  virtual void OnReply(Channel& channel, const Reply& reply) = 0;
  virtual void OnHeartbeat(Channel& channel, const Heartbeat& heartbeat) = 0;
  virtual void OnAnswer(Channel& channel, std::string_view answer) = 0;

 protected:
  ~ChannelOwner() = default;
};

/// One connection to an intercept, which is made again and again: the socket, what is spoken on it,
/// how long it may be silent, and when to try anew.
class Channel final : private StreamSocketHandler, private ConnectorEvents, private Timer {
 public:
  /// Announcements that wait for an intercept that reads slowly, in bytes.
  static constexpr std::size_t kOutLimit = 1024 * 1024;

  struct Options {
    ReplyPath::Carrier carrier = 0;
    Endpoint intercept;
    ReplyProtocol protocol = ReplyProtocol::kOwn;
    const Secret* secret = nullptr;  // not owned
    std::uint32_t payload_bytes = 0;
    std::span<const Endpoint> targets;  // not owned
    std::string program;
  };

  struct Stats {
    std::uint64_t batches = 0;
    std::uint64_t bytes = 0;
    std::uint64_t bad_replies = 0;
    std::uint64_t announcements = 0;
    std::uint64_t announcements_dropped = 0;
    std::uint64_t reconnects = 0;
    std::uint64_t replies_dropped = 0;  // as the intercept tells
  };

  /// `loop` and `owner` are not owned and must outlive it. `prng` spreads the pauses.
  Channel(EventLoop& loop, ChannelOwner& owner, const Options& options, Prng prng);

  void Start();
  /// Closes, without telling the owner.
  void Stop();

  ReplyPath::Carrier carrier() const { return options_.carrier; }
  const Endpoint& intercept() const { return options_.intercept; }
  bool up() const { return up_; }

  bool Announce(const FlowKey& flow);
  void Withdraw(const FlowKey& flow);
  bool Ask(std::string_view question);

  Stats stats() const;

 private:
  // StreamSocketHandler.
  void OnConnected() override;
  void OnBytes(ConstBytes bytes) override;
  void OnClosed(const std::string& why) override;

  // ConnectorEvents.
  void OnUp() override;
  void OnReply(const Reply& reply) override;
  void OnHeartbeat(const Heartbeat& heartbeat) override;
  void OnAnswer(std::string_view answer) override;

  void OnTimer() override;
  void Connect();
  void ComeUp();
  void Live();
  void End(const std::string& why);
  void RetryLater();
  /// Adds the counters of the connection that ends to those of all.
  void CloseAccounts();

  EventLoop& loop_;
  ChannelOwner& owner_;
  const Options options_;
  Prng prng_;
  StreamSocket socket_;
  std::unique_ptr<Connector> connector_;  // of the present connection, once it stands
  std::unique_ptr<Connector> former_;
  bool up_ = false;
  bool on_trial_ = false;              // in the classic protocol, before it is up
  bool was_up_ = false;                // once
  std::uint64_t received_before_ = 0;  // bytes, in former connections
  Duration pause_{};                   // before the next attempt, at least
  Heartbeat told_;                     // by the intercept, last
  std::uint64_t announced_here_ = 0;   // in the present connection, as the two below
  std::uint64_t dropped_here_ = 0;
  Stats before_;  // of former connections
};

}  // namespace tcpcopy
