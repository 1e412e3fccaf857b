#include "src/app/doctor/contact.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "netstack/wire/packet_view.h"
#include "src/app/doctor/trouble.h"
#include "src/app/version.h"
#include "src/io/host/secret.h"

namespace tcpcopy {
namespace {

using State = InterceptEvidence::State;

ReplyChannels::Options ChannelsTo(const Endpoint& intercept, const ChannelOptions& options,
                                  bool only_asked, const TargetMap& targets) {
  ReplyChannels::Options channels;
  channels.intercepts = {intercept};
  channels.connections = 1;
  // Only our own has questions.
  channels.protocol = only_asked ? ReplyProtocol::kOwn : options.protocol;
  channels.secret = options.secret;
  for (const Mapping& mapping : targets.mappings()) channels.targets.push_back(mapping.target);
  channels.program = fmt::format("tcpcopy {} (doctor)", kVersion);
  return channels;
}

/// Without the name in front, which is known.
std::string WithoutName(std::string_view line, const Endpoint& intercept) {
  const std::string name = fmt::format("intercept {}: ", intercept.ToString());
  if (line.starts_with(name)) line.remove_prefix(name.size());
  return std::string(line);
}

}  // namespace

Contact::Contact(EventLoop& loop, const ChannelOptions& options, const Endpoint& intercept,
                 bool only_asked, const TargetMap& targets)
    : channels_(
          loop, *this, ChannelsTo(intercept, options, only_asked, targets),
          {.on_up = [this](ReplyPath::Carrier) { evidence_.state = State::kUp; },
           .on_narrowed = {},
           .on_down = {},
           .on_trouble = [this](const std::string& line) { OnTrouble(line); },
           .on_answer = [this](ReplyPath::Carrier, const std::string& text) { OnAnswer(text); }},
          RandomSecret()) {
  evidence_.address = intercept;
  evidence_.only_asked = only_asked;
}

void Contact::Watch(const FlowKey& probe) {
  probe_ = probe;
  seen_.reset();
  brought_ = false;
  if (!up()) return;
  Ask(Question::Kind::kWatch);
  if (!only_asked()) static_cast<void>(channels_.Announce(probe));
}

void Contact::AskForReport() {
  if (up()) Ask(Question::Kind::kReport);
}

void Contact::Withdraw() { channels_.Withdraw(probe_); }

void Contact::Ask(Question::Kind kind) {
  constexpr ReplyPath::Carrier kTheOnlyOne = 1;
  const Question question{asked_ + 1, kind, probe_};
  if (channels_.Ask(kTheOnlyOne, question.ToJson())) asked_ = question.number;
}

void Contact::OnTrouble(const std::string& line) {
  if (failed_) return;  // the first thing that is said is the cause
  failed_ = true;
  evidence_.trouble = WithoutName(line, evidence_.address);
  evidence_.state = StateOf(evidence_.trouble);
}

void Contact::OnAnswer(const std::string& text) {
  auto answer = Answer::Parse(text);
  if (!answer) {
    answered_ = asked_;  // it is of no use to wait for more
    blind_ = "its answer is not understood: " + answer.error();
    return;
  }
  answered_ = answer->number;
  if (!answer->problem.empty() && blind_.empty()) blind_ = answer->problem;
  if (answer->seen && answer->seen->probe == probe_) seen_ = std::move(answer->seen);
}

void Contact::OnPacket(const CapturedPacket& packet) {
  const auto view = ParsePacket(packet.link, packet.bytes, packet.wire_length);
  if (!view || view->flow != probe_.Reversed()) return;
  if (view->segment.flags.syn() && view->segment.flags.ack()) brought_ = true;
}

}  // namespace tcpcopy
