#include "src/io/intercept/own_end.h"

#include <utility>

#include "netstack/base/check.h"
#include "src/io/intercept/refusals.h"

namespace tcpcopy {
namespace {

Hello With(Hello hello, const Secret& secret) {
  hello.has_secret = !secret.empty();
  return hello;
}

}  // namespace

OwnEnd::OwnEnd(OutBuffer& out, const Secret& secret, Hello ours)
    : secret_(secret),
      reader_(kMaxFirstFrameLength),
      writer_(out),
      proved_(secret.empty()),
      ours_(With(std::move(ours), secret)),
      our_hello_(ours_.Encode()) {}

OwnEnd::Outcome OwnEnd::TakeIn(ConstBytes bytes) {
  reader_.Feed(bytes);
  while (true) {
    const auto frame = reader_.Next();
    if (!frame) {
      const bool classic = state_ == State::kHello && frame.error() == FrameError::kEmpty;
      return classic ? OnClassicBeginning() : EndBroken();
    }
    if (!*frame) return {};
    if (Outcome outcome = OnFrame(**frame); !outcome) return outcome;
  }
}

OwnEnd::Outcome OwnEnd::OnFrame(const ReceivedFrame& frame) {
  if (frame.type == FrameType::kRefuse) return Err(RefusedText(Refusal::Decode(frame.body)));
  switch (state_) {
    case State::kHello:
      return frame.type == FrameType::kHello ? TakeHello(frame.body) : EndBroken();
    case State::kProof:
      return frame.type == FrameType::kProof ? TakeProof(frame.body) : EndBroken();
    case State::kUp:
      break;
  }
  if (frame.type != FrameType::kHeartbeat) return OnMessage(frame);
  const auto heartbeat = Heartbeat::Decode(frame.body);
  if (!heartbeat) return EndBroken();
  OnHeartbeat(*heartbeat);
  return {};
}

OwnEnd::Outcome OwnEnd::TakeHello(ConstBytes body) {
  auto theirs = Hello::Decode(body);
  if (!theirs || theirs->role == ours_.role) return EndBroken();
  theirs_ = *std::move(theirs);
  if (!ours_.CommonVersion(theirs_)) {
    const bool connects = ours_.role == Role::kConnector;
    return End(RefuseCode::kVersion,
               connects ? VersionsText(ours_, theirs_) : VersionsText(theirs_, ours_));
  }
  if (theirs_.has_secret != ours_.has_secret) return End(RefuseCode::kNoSecret, kNoSecretText);
  their_hello_.assign(body.begin(), body.end());
  state_ = State::kProof;
  return OnHello();
}

OwnEnd::Outcome OwnEnd::TakeProof(ConstBytes body) {
  if (!has_secret()) return EndBroken();
  if (!IsSame(ProofOf(theirs_.role), body)) {
    return End(RefuseCode::kWrongSecret, kWrongSecretText);
  }
  proved_ = true;
  return OnProved();
}

Proof OwnEnd::ProofOf(Role prover) const {
  return ours_.role == Role::kConnector ? MakeProof(secret_, prover, our_hello_, their_hello_)
                                        : MakeProof(secret_, prover, their_hello_, our_hello_);
}

void OwnEnd::GoUp() {
  TCPCOPY_CHECK(state_ == State::kProof && proved_);
  state_ = State::kUp;
  reader_.set_max_length(kMaxFrameLength);
}

void OwnEnd::SayProof() { writer_.Write(FrameType::kProof, ProofOf(ours_.role)); }

void OwnEnd::SayHeartbeat(const Heartbeat& heartbeat) {
  writer_.Write(FrameType::kHeartbeat, heartbeat.Encode());
}

void OwnEnd::SayRefusal(const Refusal& refusal) {
  writer_.Write(FrameType::kRefuse, refusal.Encode());
}

OwnEnd::Outcome OwnEnd::End(RefuseCode code, std::string_view text) {
  SayRefusal({code, std::string(text)});
  return Err(std::string(text));
}

OwnEnd::Outcome OwnEnd::EndBroken() { return End(RefuseCode::kBroken, kBrokenText); }

}  // namespace tcpcopy
