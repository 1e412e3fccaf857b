#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netstack/base/result.h"
#include "src/io/intercept/frame.h"
#include "src/io/intercept/messages.h"
#include "src/io/intercept/proof.h"
#include "src/io/intercept/secret.h"

namespace tcpcopy {

/// What both ends of our own protocol do alike: they take frames apart, and greet:
///
///   connector             listener
///   HELLO ->              <- HELLO      without a secret: up
///   PROOF ->              <- PROOF      with one: up
///
/// Nobody who has not proved to know the secret, if there is one, is trusted or served.
class OwnEnd {
 protected:
  /// Why the connection has to end, in one line; what is to be told to the other side about it has
  /// been written.
  using Outcome = Result<void, std::string>;

  /// `out` and `secret` are not owned and must outlive it. `ours` has a nonce that is random and
  /// never used again.
  OwnEnd(OutBuffer& out, const Secret& secret, Hello ours);
  OwnEnd(const OwnEnd&) = delete;
  OwnEnd& operator=(const OwnEnd&) = delete;
  ~OwnEnd() = default;

  /// Takes what came, however it is cut.
  Outcome TakeIn(ConstBytes bytes);

  void SayHello() { writer_.Write(FrameType::kHello, our_hello_); }
  /// Once the other side has said hello.
  void SayProof();
  void SayHeartbeat(const Heartbeat& heartbeat);
  void SayRefusal(const Refusal& refusal);
  /// Ends the connection, and says why.
  Outcome End(RefuseCode code, std::string_view text);
  Outcome EndBroken();
  /// The greeting is over. Not to be called before the other side has proved what it knows.
  void GoUp();

  bool has_secret() const { return ours_.has_secret; }
  /// What the other side has said of itself.
  const Hello& theirs() const { return theirs_; }
  FrameWriter& writer() { return writer_; }
  const FrameWriter& writer() const { return writer_; }

 private:
  enum class State { kHello, kProof, kUp };

  /// The other side has said hello, and it is one that we could work with.
  virtual Outcome OnHello() = 0;
  /// It knows the secret.
  virtual Outcome OnProved() = 0;
  /// Any other message once it is up; those that are not known are of a later version.
  virtual Outcome OnMessage(const ReceivedFrame& frame) = 0;
  virtual void OnHeartbeat(const Heartbeat& heartbeat) = 0;
  /// What there is to say when the other side ends the connection, and perhaps tells why.
  virtual std::string RefusedText(const std::optional<Refusal>& refusal) = 0;
  /// The very first bytes are an empty frame, as TCPCopy 1.x's protocol begins with.
  virtual Outcome OnClassicBeginning() { return EndBroken(); }

  Outcome OnFrame(const ReceivedFrame& frame);
  Outcome TakeHello(ConstBytes body);
  Outcome TakeProof(ConstBytes body);
  Proof ProofOf(Role prover) const;

  const Secret& secret_;
  FrameReader reader_;
  FrameWriter writer_;
  State state_ = State::kHello;
  bool proved_;  // that the other side knows the secret, if there is one
  const Hello ours_;
  Hello theirs_;
  // As they were sent, for the proofs.
  const std::vector<std::uint8_t> our_hello_;
  std::vector<std::uint8_t> their_hello_;
};

}  // namespace tcpcopy
