#pragma once

#include <span>
#include <string>

#include "src/io/intercept/connector.h"
#include "src/io/intercept/own_end.h"

namespace tcpcopy {

/// Our own protocol at tcpcopy's end. Behind the greeting (OwnEnd):
///
///   TARGETS ->, then ANNOUNCE, WITHDRAW, QUESTION ->  <- REPLIES, ANSWER, and HEARTBEAT both ways
class OwnConnector final : public Connector, private OwnEnd {
 public:
  struct Options {
    const Secret* secret = nullptr;  // not owned; may be an empty one
    std::uint32_t payload_bytes = 0;
    std::span<const Endpoint> targets;  // not owned
    std::string program;
  };

  /// `out` and `events` are not owned and must outlive it. `nonce` is random and never used again.
  OwnConnector(OutBuffer& out, ConnectorEvents& events, const Options& options, const Nonce& nonce);

  void Begin() override { SayHello(); }
  Result<void, std::string> OnBytes(ConstBytes bytes) override { return TakeIn(bytes); }

  bool Announce(const FlowKey& flow) override;
  bool Withdraw(const FlowKey& flow) override;
  bool Ask(std::string_view question) override;
  void Beat(const Heartbeat& heartbeat) override { SayHeartbeat(heartbeat); }

  std::uint64_t batches() const override { return batches_; }
  std::uint64_t bad_replies() const override { return 0; }  // they end the connection

 private:
  Outcome OnHello() override;
  Outcome OnProved() override;
  Outcome OnMessage(const ReceivedFrame& frame) override;
  void OnHeartbeat(const Heartbeat& heartbeat) override { events_.OnHeartbeat(heartbeat); }
  std::string RefusedText(const std::optional<Refusal>& refusal) override;

  Outcome OnReplies(ConstBytes body);
  bool Write(FrameType type, const FlowKey& flow);

  ConnectorEvents& events_;
  const std::span<const Endpoint> targets_;
  std::uint64_t batches_ = 0;
};

}  // namespace tcpcopy
