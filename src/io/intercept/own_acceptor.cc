#include "src/io/intercept/own_acceptor.h"

#include <utility>

#include "src/io/intercept/proof.h"
#include "src/io/intercept/refusals.h"
#include "src/io/intercept/reply_protocol.h"

namespace tcpcopy {
namespace {

// More than any command line holds.
constexpr std::size_t kMaxTargets = 65536;

Hello HelloOf(const OwnAcceptor::Options& options, const Nonce& nonce) {
  Hello hello;
  hello.role = Role::kListener;
  hello.has_secret = !options.secret->empty();
  hello.nonce = nonce;
  hello.program = options.program;
  return hello;
}

}  // namespace

OwnAcceptor::OwnAcceptor(OutBuffer& out, AcceptorEvents& events, Options options,
                         const Nonce& nonce)
    : events_(events),
      options_(std::move(options)),
      reader_(kMaxFirstFrameLength),
      writer_(out),
      hello_(HelloOf(options_, nonce)),
      our_hello_(hello_.Encode()) {}

OwnAcceptor::Outcome OwnAcceptor::OnBytes(ConstBytes bytes) {
  reader_.Feed(bytes);
  while (true) {
    const auto frame = reader_.Next();
    if (!frame) {
      const bool classic = state_ == State::kHello && frame.error() == FrameError::kEmpty;
      return classic ? Ended(RefuseCode::kProtocol, std::string(kSpeaksClassicText)) : Broken();
    }
    if (!*frame) return {};
    if (Outcome outcome = OnFrame(**frame); !outcome) return outcome;
  }
}

OwnAcceptor::Outcome OwnAcceptor::OnFrame(const ReceivedFrame& frame) {
  if (frame.type == FrameType::kRefuse) {
    const auto refusal = Refusal::Decode(frame.body);
    return Err("it says: " + (refusal ? refusal->text : std::string("nothing")));
  }
  switch (state_) {
    case State::kHello:
      return frame.type == FrameType::kHello ? OnHello(frame.body) : Broken();
    case State::kProof:
      return frame.type == FrameType::kProof ? OnProof(frame.body) : Broken();
    case State::kUp:
      break;
  }
  return OnServed(frame);
}

OwnAcceptor::Outcome OwnAcceptor::OnHello(ConstBytes body) {
  auto theirs = Hello::Decode(body);
  if (!theirs || theirs->role != Role::kConnector) return Broken();
  theirs_ = *std::move(theirs);
  if (!hello_.CommonVersion(theirs_)) {
    return Ended(RefuseCode::kVersion, VersionsText(theirs_, hello_));
  }
  if (theirs_.has_secret != hello_.has_secret) {
    return Ended(RefuseCode::kNoSecret, std::string(kNoSecretText));
  }
  their_hello_.assign(body.begin(), body.end());
  const bool proved = !hello_.has_secret;
  if (proved && !events_.HasRoom()) return Ended(RefuseCode::kFull, std::string(kFullText));
  writer_.Write(FrameType::kHello, our_hello_);
  state_ = State::kProof;
  if (proved) GoUp();
  return {};
}

OwnAcceptor::Outcome OwnAcceptor::OnProof(ConstBytes body) {
  const Proof expected = MakeProof(*options_.secret, Role::kConnector, their_hello_, our_hello_);
  if (!IsSame(expected, body)) {
    return Ended(RefuseCode::kWrongSecret, std::string(kWrongSecretText));
  }
  if (!events_.HasRoom()) return Ended(RefuseCode::kFull, std::string(kFullText));
  writer_.Write(FrameType::kProof,
                MakeProof(*options_.secret, Role::kListener, their_hello_, our_hello_));
  GoUp();
  return {};
}

void OwnAcceptor::GoUp() {
  state_ = State::kUp;
  reader_.set_max_length(kMaxFrameLength);
  events_.OnUp(theirs_.payload_bytes, Printable(theirs_.program, Hello::kMaxProgramBytes));
}

OwnAcceptor::Outcome OwnAcceptor::OnServed(const ReceivedFrame& frame) {
  switch (frame.type) {
    case FrameType::kTargets:
      return OnTargets(frame.body);
    case FrameType::kAnnounce:
    case FrameType::kWithdraw:
      return OnFlows(frame);
    case FrameType::kQuestion:
      return OnQuestion(frame.body);
    case FrameType::kHeartbeat: {
      const auto heartbeat = Heartbeat::Decode(frame.body);
      if (!heartbeat) return Broken();
      events_.OnHeartbeat(*heartbeat);
      return {};
    }
    case FrameType::kHello:
    case FrameType::kProof:
    case FrameType::kRefuse:
    case FrameType::kReplies:
    case FrameType::kAnswer:
      return Broken();
  }
  return {};  // of a later version
}

OwnAcceptor::Outcome OwnAcceptor::OnTargets(ConstBytes body) {
  const auto targets = DecodeTargets(body);
  if (!targets || targets->size() > kMaxTargets) return Broken();
  events_.OnTargets(*targets);
  return {};
}

OwnAcceptor::Outcome OwnAcceptor::OnFlows(const ReceivedFrame& frame) {
  ConstBytes rest = frame.body;
  while (!rest.empty()) {
    const auto flow = TakeFlow(rest);
    if (!flow) return Broken();
    if (frame.type == FrameType::kAnnounce) {
      events_.OnAnnounce(*flow);
    } else {
      events_.OnWithdraw(*flow);
    }
  }
  return {};
}

OwnAcceptor::Outcome OwnAcceptor::OnQuestion(ConstBytes body) {
  if (body.size() > kMaxQuestionBytes) return Broken();
  std::string answer = events_.OnQuestion(std::string(body.begin(), body.end()));
  if (answer.size() > kMaxQuestionBytes) answer.clear();
  // Who asks more than it listens to gets no answer.
  if (!writer_.out().HasRoomFor(answer.size() + kFrameHeaderBytes)) return {};
  writer_.Write(FrameType::kAnswer, std::vector<std::uint8_t>(answer.begin(), answer.end()));
  return {};
}

void OwnAcceptor::Refuse(const Refusal& refusal) {
  writer_.Write(FrameType::kRefuse, refusal.Encode());
}

OwnAcceptor::Outcome OwnAcceptor::Ended(RefuseCode code, const std::string& text) {
  Refuse({code, text});
  return Err(text);
}

OwnAcceptor::Outcome OwnAcceptor::Broken() {
  return Ended(RefuseCode::kBroken, std::string(kBrokenText));
}

bool OwnAcceptor::Send(const Reply& reply) {
  const std::size_t bytes = kReplyHeaderBytes + reply.packet.size();
  if (!writer_.out().HasRoomFor(bytes + kFrameHeaderBytes)) return false;
  WriteReply(reply, writer_.Extend(FrameType::kReplies, bytes));
  return true;
}

void OwnAcceptor::Beat(const Heartbeat& heartbeat) {
  writer_.Write(FrameType::kHeartbeat, heartbeat.Encode());
}

}  // namespace tcpcopy
