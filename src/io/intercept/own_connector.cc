#include "src/io/intercept/own_connector.h"

#include <utility>

#include "netstack/base/check.h"
#include "src/io/intercept/proof.h"
#include "src/io/intercept/refusals.h"
#include "src/io/intercept/reply_protocol.h"

namespace tcpcopy {
namespace {

Hello HelloOf(const OwnConnector::Options& options, const Nonce& nonce) {
  Hello hello;
  hello.role = Role::kConnector;
  hello.has_secret = !options.secret->empty();
  hello.payload_bytes = options.payload_bytes;
  hello.nonce = nonce;
  hello.program = options.program;
  return hello;
}

}  // namespace

OwnConnector::OwnConnector(OutBuffer& out, ConnectorEvents& events, Options options,
                           const Nonce& nonce)
    : events_(events),
      options_(std::move(options)),
      reader_(kMaxFirstFrameLength),
      writer_(out),
      hello_(HelloOf(options_, nonce)),
      our_hello_(hello_.Encode()) {}

void OwnConnector::Begin() { writer_.Write(FrameType::kHello, our_hello_); }

OwnConnector::Outcome OwnConnector::OnBytes(ConstBytes bytes) {
  reader_.Feed(bytes);
  while (true) {
    const auto frame = reader_.Next();
    if (!frame) return Broken();
    if (!*frame) return {};
    if (Outcome outcome = OnFrame(**frame); !outcome) return outcome;
  }
}

OwnConnector::Outcome OwnConnector::OnFrame(const ReceivedFrame& frame) {
  if (frame.type == FrameType::kRefuse) {
    const auto refusal = Refusal::Decode(frame.body);
    return Err("refuses us: " + (refusal ? refusal->text : std::string("it does not say why")));
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

OwnConnector::Outcome OwnConnector::OnHello(ConstBytes body) {
  const auto theirs = Hello::Decode(body);
  if (!theirs || theirs->role != Role::kListener) return Broken();
  if (!hello_.CommonVersion(*theirs)) {
    return Refuse(RefuseCode::kVersion, VersionsText(hello_, *theirs));
  }
  if (theirs->has_secret != hello_.has_secret) {
    return Refuse(RefuseCode::kNoSecret, std::string(kNoSecretText));
  }
  their_hello_.assign(body.begin(), body.end());
  if (!hello_.has_secret) {
    GoUp();
    return {};
  }
  writer_.Write(FrameType::kProof,
                MakeProof(*options_.secret, Role::kConnector, our_hello_, their_hello_));
  state_ = State::kProof;
  return {};
}

OwnConnector::Outcome OwnConnector::OnProof(ConstBytes body) {
  const Proof expected = MakeProof(*options_.secret, Role::kListener, our_hello_, their_hello_);
  if (!IsSame(expected, body)) {
    return Refuse(RefuseCode::kWrongSecret, std::string(kWrongSecretText));
  }
  GoUp();
  return {};
}

void OwnConnector::GoUp() {
  state_ = State::kUp;
  reader_.set_max_length(kMaxFrameLength);
  if (!options_.targets.empty()) {
    writer_.Write(FrameType::kTargets, EncodeTargets(options_.targets));
  }
  events_.OnUp();
}

OwnConnector::Outcome OwnConnector::OnServed(const ReceivedFrame& frame) {
  switch (frame.type) {
    case FrameType::kReplies:
      return OnReplies(frame.body);
    case FrameType::kHeartbeat: {
      const auto heartbeat = Heartbeat::Decode(frame.body);
      if (!heartbeat) return Broken();
      events_.OnHeartbeat(*heartbeat);
      return {};
    }
    case FrameType::kAnswer:
      events_.OnAnswer(std::string(frame.body.begin(), frame.body.end()));
      return {};
    case FrameType::kHello:
    case FrameType::kProof:
    case FrameType::kRefuse:
    case FrameType::kTargets:
    case FrameType::kAnnounce:
    case FrameType::kWithdraw:
    case FrameType::kQuestion:
      return Broken();
  }
  return {};  // of a later version
}

OwnConnector::Outcome OwnConnector::OnReplies(ConstBytes body) {
  ++batches_;
  while (!body.empty()) {
    const auto reply = TakeReply(body);
    if (!reply) return Broken();
    events_.OnReply(*reply);
  }
  return {};
}

OwnConnector::Outcome OwnConnector::Refuse(RefuseCode code, const std::string& text) {
  writer_.Write(FrameType::kRefuse, Refusal{code, text}.Encode());
  return Err(text);
}

OwnConnector::Outcome OwnConnector::Broken() {
  return Refuse(RefuseCode::kBroken, std::string(kBrokenText));
}

bool OwnConnector::Write(FrameType type, const FlowKey& flow) {
  const std::size_t bytes = FlowBytes(flow);
  if (!writer_.out().HasRoomFor(bytes + kFrameHeaderBytes)) return false;
  WriteFlow(flow, writer_.Extend(type, bytes));
  return true;
}

bool OwnConnector::Announce(const FlowKey& flow) { return Write(FrameType::kAnnounce, flow); }

bool OwnConnector::Withdraw(const FlowKey& flow) { return Write(FrameType::kWithdraw, flow); }

bool OwnConnector::Ask(std::string_view question) {
  TCPCOPY_CHECK(question.size() <= kMaxQuestionBytes);
  if (!writer_.out().HasRoomFor(question.size() + kFrameHeaderBytes)) return false;
  const std::vector<std::uint8_t> bytes(question.begin(), question.end());
  writer_.Write(FrameType::kQuestion, bytes);
  return true;
}

void OwnConnector::Beat(const Heartbeat& heartbeat) {
  writer_.Write(FrameType::kHeartbeat, heartbeat.Encode());
}

}  // namespace tcpcopy
