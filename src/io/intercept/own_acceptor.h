#pragma once

#include <string>
#include <vector>

#include "src/io/intercept/acceptor.h"
#include "src/io/intercept/frame.h"
#include "src/io/intercept/secret.h"

namespace tcpcopy {

/// Our own protocol at intercept's end; see OwnConnector. It says nothing before it has been told a
/// HELLO, and serves nobody who has not proved to know the secret, if there is one.
class OwnAcceptor final : public Acceptor {
 public:
  struct Options {
    const Secret* secret = nullptr;  // not owned; may be an empty one
    std::string program;
  };

  /// `out` and `events` are not owned and must outlive it. `nonce` is random and never used again.
  OwnAcceptor(OutBuffer& out, AcceptorEvents& events, Options options, const Nonce& nonce);

  Result<void, std::string> OnBytes(ConstBytes bytes) override;
  void Refuse(const Refusal& refusal) override;

  bool Send(const Reply& reply) override;
  void Beat(const Heartbeat& heartbeat) override;

  std::uint64_t batches() const override { return writer_.batches(); }

 private:
  using Outcome = Result<void, std::string>;
  enum class State { kHello, kProof, kUp };

  Outcome OnFrame(const ReceivedFrame& frame);
  Outcome OnHello(ConstBytes body);
  Outcome OnProof(ConstBytes body);
  Outcome OnServed(const ReceivedFrame& frame);
  Outcome OnTargets(ConstBytes body);
  Outcome OnFlows(const ReceivedFrame& frame);
  Outcome OnQuestion(ConstBytes body);
  Outcome Ended(RefuseCode code, const std::string& text);
  Outcome Broken();
  void GoUp();

  AcceptorEvents& events_;
  const Options options_;
  FrameReader reader_;
  FrameWriter writer_;
  State state_ = State::kHello;
  const Hello hello_;
  Hello theirs_;
  // As they were sent, for the proofs.
  const std::vector<std::uint8_t> our_hello_;
  std::vector<std::uint8_t> their_hello_;
};

}  // namespace tcpcopy
