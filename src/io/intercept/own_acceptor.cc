#include "src/io/intercept/own_acceptor.h"

#include "src/io/intercept/refusals.h"
#include "src/io/intercept/reply_protocol.h"

namespace tcpcopy {
namespace {

// More than any command line holds.
constexpr std::size_t kMaxTargets = 65536;

Hello HelloOf(const OwnAcceptor::Options& options, const Nonce& nonce) {
  Hello hello;
  hello.role = Role::kListener;
  hello.nonce = nonce;
  hello.program = options.program;
  return hello;
}

}  // namespace

OwnAcceptor::OwnAcceptor(OutBuffer& out, AcceptorEvents& events, const Options& options,
                         const Nonce& nonce)
    : OwnEnd(out, *options.secret, HelloOf(options, nonce)), events_(events) {}

OwnAcceptor::Outcome OwnAcceptor::OnHello() {
  const bool proved = !has_secret();
  if (proved && !events_.HasRoom()) return End(RefuseCode::kFull, kFullText);
  SayHello();
  if (proved) Serve();
  return {};
}

OwnAcceptor::Outcome OwnAcceptor::OnProved() {
  if (!events_.HasRoom()) return End(RefuseCode::kFull, kFullText);
  SayProof();
  Serve();
  return {};
}

void OwnAcceptor::Serve() {
  GoUp();
  events_.OnUp(theirs().payload_bytes, Printable(theirs().program, Hello::kMaxProgramBytes));
}

std::string OwnAcceptor::RefusedText(const std::optional<Refusal>& refusal) {
  return "it says: " + (refusal ? refusal->text : std::string("nothing"));
}

OwnAcceptor::Outcome OwnAcceptor::OnClassicBeginning() {
  return End(RefuseCode::kProtocol, kSpeaksClassicText);
}

OwnAcceptor::Outcome OwnAcceptor::OnMessage(const ReceivedFrame& frame) {
  switch (frame.type) {
    case FrameType::kTargets:
      return OnTargets(frame.body);
    case FrameType::kAnnounce:
    case FrameType::kWithdraw:
      return OnFlows(frame);
    case FrameType::kQuestion:
      return OnQuestion(frame.body);
    case FrameType::kHello:
    case FrameType::kProof:
    case FrameType::kRefuse:
    case FrameType::kHeartbeat:
    case FrameType::kReplies:
    case FrameType::kAnswer:
      return EndBroken();
  }
  return {};  // of a later version
}

OwnAcceptor::Outcome OwnAcceptor::OnTargets(ConstBytes body) {
  const auto targets = DecodeTargets(body);
  if (!targets || targets->size() > kMaxTargets) return EndBroken();
  events_.OnTargets(*targets);
  return {};
}

OwnAcceptor::Outcome OwnAcceptor::OnFlows(const ReceivedFrame& frame) {
  ConstBytes rest = frame.body;
  while (!rest.empty()) {
    const auto flow = TakeFlow(rest);
    if (!flow) return EndBroken();
    if (frame.type == FrameType::kAnnounce) {
      events_.OnAnnounce(*flow);
    } else {
      events_.OnWithdraw(*flow);
    }
  }
  return {};
}

OwnAcceptor::Outcome OwnAcceptor::OnQuestion(ConstBytes body) {
  if (body.size() > kMaxQuestionBytes) return EndBroken();
  std::string answer = events_.OnQuestion(std::string(body.begin(), body.end()));
  if (answer.size() > kMaxQuestionBytes) answer.clear();
  // Who asks more than it listens to gets no answer.
  if (!writer().out().HasRoomFor(answer.size() + kFrameHeaderBytes)) return {};
  writer().Write(FrameType::kAnswer, std::vector<std::uint8_t>(answer.begin(), answer.end()));
  return {};
}

bool OwnAcceptor::Send(const Reply& reply) {
  const std::size_t bytes = kReplyHeaderBytes + reply.packet.size();
  if (!writer().out().HasRoomFor(bytes + kFrameHeaderBytes)) return false;
  WriteReply(reply, writer().Extend(FrameType::kReplies, bytes));
  return true;
}

}  // namespace tcpcopy
