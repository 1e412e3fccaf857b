#pragma once

#include <string>

#include "src/io/intercept/acceptor.h"
#include "src/io/intercept/own_end.h"

namespace tcpcopy {

/// Our own protocol at intercept's end; see OwnConnector. It says nothing before it has been told a
/// HELLO.
class OwnAcceptor final : public Acceptor, private OwnEnd {
 public:
  struct Options {
    const Secret* secret = nullptr;  // not owned; may be an empty one
    std::string program;
  };

  /// `out` and `events` are not owned and must outlive it. `nonce` is random and never used again.
  OwnAcceptor(OutBuffer& out, AcceptorEvents& events, const Options& options, const Nonce& nonce);

  Result<void, std::string> OnBytes(ConstBytes bytes) override { return TakeIn(bytes); }
  void Refuse(const Refusal& refusal) override { SayRefusal(refusal); }

  bool Send(const Reply& reply) override;
  void Beat(const Heartbeat& heartbeat) override { SayHeartbeat(heartbeat); }

  std::uint64_t batches() const override { return writer().batches(); }

 private:
  Outcome OnHello() override;
  Outcome OnProved() override;
  Outcome OnMessage(const ReceivedFrame& frame) override;
  void OnHeartbeat(const Heartbeat& heartbeat) override { events_.OnHeartbeat(heartbeat); }
  std::string RefusedText(const std::optional<Refusal>& refusal) override;
  Outcome OnClassicBeginning() override;

  Outcome OnTargets(ConstBytes body);
  Outcome OnFlows(const ReceivedFrame& frame);
  Outcome OnQuestion(ConstBytes body);
  void Serve();

  AcceptorEvents& events_;
};

}  // namespace tcpcopy
