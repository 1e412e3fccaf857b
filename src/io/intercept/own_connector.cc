#include "src/io/intercept/own_connector.h"

#include "netstack/base/check.h"
#include "src/io/intercept/reply_protocol.h"

namespace tcpcopy {
namespace {

Hello HelloOf(const OwnConnector::Options& options, const Nonce& nonce) {
  Hello hello;
  hello.role = Role::kConnector;
  hello.payload_bytes = options.payload_bytes;
  hello.nonce = nonce;
  hello.program = options.program;
  return hello;
}

}  // namespace

OwnConnector::OwnConnector(OutBuffer& out, ConnectorEvents& events, const Options& options,
                           const Nonce& nonce)
    : OwnEnd(out, *options.secret, HelloOf(options, nonce)),
      events_(events),
      targets_(options.targets) {}

OwnConnector::Outcome OwnConnector::OnHello() {
  if (!has_secret()) return OnProved();
  SayProof();
  return {};
}

OwnConnector::Outcome OwnConnector::OnProved() {
  GoUp();
  if (!targets_.empty()) writer().Write(FrameType::kTargets, EncodeTargets(targets_));
  events_.OnUp();
  return {};
}

std::string OwnConnector::RefusedText(const std::optional<Refusal>& refusal) {
  return "refuses us: " + (refusal ? refusal->text : std::string("it does not say why"));
}

OwnConnector::Outcome OwnConnector::OnMessage(const ReceivedFrame& frame) {
  switch (frame.type) {
    case FrameType::kReplies:
      return OnReplies(frame.body);
    case FrameType::kAnswer:
      events_.OnAnswer(std::string(frame.body.begin(), frame.body.end()));
      return {};
    case FrameType::kHello:
    case FrameType::kProof:
    case FrameType::kRefuse:
    case FrameType::kHeartbeat:
    case FrameType::kTargets:
    case FrameType::kAnnounce:
    case FrameType::kWithdraw:
    case FrameType::kQuestion:
      return EndBroken();
  }
  return {};  // of a later version
}

OwnConnector::Outcome OwnConnector::OnReplies(ConstBytes body) {
  ++batches_;
  while (!body.empty()) {
    const auto reply = TakeReply(body);
    if (!reply) return EndBroken();
    events_.OnReply(*reply);
  }
  return {};
}

bool OwnConnector::Write(FrameType type, const FlowKey& flow) {
  const std::size_t bytes = FlowBytes(flow);
  if (!writer().out().HasRoomFor(bytes + kFrameHeaderBytes)) return false;
  WriteFlow(flow, writer().Extend(type, bytes));
  return true;
}

bool OwnConnector::Announce(const FlowKey& flow) { return Write(FrameType::kAnnounce, flow); }

bool OwnConnector::Withdraw(const FlowKey& flow) { return Write(FrameType::kWithdraw, flow); }

bool OwnConnector::Ask(std::string_view question) {
  TCPCOPY_CHECK(question.size() <= kMaxQuestionBytes);
  if (!writer().out().HasRoomFor(question.size() + kFrameHeaderBytes)) return false;
  const std::vector<std::uint8_t> bytes(question.begin(), question.end());
  writer().Write(FrameType::kQuestion, bytes);
  return true;
}

}  // namespace tcpcopy
