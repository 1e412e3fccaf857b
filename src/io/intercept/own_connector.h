#pragma once

#include <span>
#include <string>
#include <vector>

#include "src/io/intercept/connector.h"
#include "src/io/intercept/frame.h"
#include "src/io/intercept/secret.h"

namespace tcpcopy {

/// Our own protocol at tcpcopy's end:
///
///   HELLO ->  <- HELLO           without a secret: up
///   PROOF ->  <- PROOF           with one: up
///   TARGETS ->, then ANNOUNCE, WITHDRAW, QUESTION ->  <- REPLIES, ANSWER, and HEARTBEAT both ways
class OwnConnector final : public Connector {
 public:
  struct Options {
    const Secret* secret = nullptr;  // not owned; may be an empty one
    std::uint32_t payload_bytes = 0;
    std::span<const Endpoint> targets;  // not owned
    std::string program;
  };

  /// `out` and `events` are not owned and must outlive it. `nonce` is random and never used again.
  OwnConnector(OutBuffer& out, ConnectorEvents& events, Options options, const Nonce& nonce);

  void Begin() override;
  Result<void, std::string> OnBytes(ConstBytes bytes) override;

  bool Announce(const FlowKey& flow) override;
  bool Withdraw(const FlowKey& flow) override;
  bool Ask(std::string_view question) override;
  void Beat(const Heartbeat& heartbeat) override;

  std::uint64_t batches() const override { return batches_; }
  std::uint64_t bad_replies() const override { return 0; }  // they end the connection

 private:
  using Outcome = Result<void, std::string>;
  enum class State { kHello, kProof, kUp };

  Outcome OnFrame(const ReceivedFrame& frame);
  Outcome OnHello(ConstBytes body);
  Outcome OnProof(ConstBytes body);
  Outcome OnServed(const ReceivedFrame& frame);
  Outcome OnReplies(ConstBytes body);
  Outcome Refuse(RefuseCode code, const std::string& text);
  Outcome Broken();
  void GoUp();
  bool Write(FrameType type, const FlowKey& flow);

  ConnectorEvents& events_;
  const Options options_;
  FrameReader reader_;
  FrameWriter writer_;
  State state_ = State::kHello;
  const Hello hello_;
  // As they were sent, for the proofs.
  const std::vector<std::uint8_t> our_hello_;
  std::vector<std::uint8_t> their_hello_;
  std::uint64_t batches_ = 0;
};

}  // namespace tcpcopy
