#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "src/io/intercept/acceptor.h"
#include "src/io/intercept/connector.h"
#include "src/io/intercept/frame.h"

namespace tcpcopy::testing {

/// Notes what tcpcopy's end hears, in words.
struct RecordingConnector final : ConnectorEvents {
  void OnUp() override { log += "up "; }
  void OnReply(const Reply& reply) override {
    log += fmt::format("reply {}/{} ", reply.packet.size(), reply.wire_length);
  }
  void OnHeartbeat(const Heartbeat& heartbeat) override {
    log += fmt::format("beat {} {} ", heartbeat.sent, heartbeat.dropped);
  }
  void OnAnswer(std::string_view answer) override { log += fmt::format("answer {} ", answer); }
  std::string log;
};

/// Notes what intercept's end hears, in words.
struct RecordingAcceptor final : AcceptorEvents {
  bool HasRoom() override { return room; }
  void OnUp(std::uint32_t payload_bytes, const std::string& program) override {
    log += fmt::format("up {} {} ", payload_bytes, program);
  }
  void OnTargets(std::span<const Endpoint> targets) override {
    for (const Endpoint& target : targets) log += fmt::format("target {} ", target.ToString());
  }
  void OnAnnounce(const FlowKey& flow) override { log += fmt::format("add {} ", flow.local.port); }
  void OnWithdraw(const FlowKey& flow) override { log += fmt::format("del {} ", flow.local.port); }
  void OnHeartbeat(const Heartbeat& heartbeat) override {
    log += fmt::format("beat {} {} ", heartbeat.sent, heartbeat.dropped);
  }
  std::string OnQuestion(std::string_view question) override {
    log += fmt::format("question {} ", question);
    return answer;
  }
  bool room = true;
  std::string answer = "yes";
  std::string log;
};

/// Takes all that waits in `out`.
inline std::vector<std::uint8_t> Take(OutBuffer& out) {
  std::vector<std::uint8_t> bytes(out.waiting().begin(), out.waiting().end());
  out.Written(bytes.size());
  return bytes;
}

/// A frame of its own.
inline std::vector<std::uint8_t> FrameOf(FrameType type, ConstBytes body) {
  OutBuffer out(kMaxFrameLength);
  FrameWriter(out).Write(type, body);
  return Take(out);
}

/// What `end` says of some bytes: "" or its error.
template <typename End>
std::string Hear(End& end, ConstBytes bytes) {
  const auto outcome = end.OnBytes(bytes);
  return outcome ? "" : outcome.error();
}

/// The code and the text of the refusal that is the last frame of `bytes`; "none" if there is none.
inline std::string RefusalIn(ConstBytes bytes) {
  FrameReader reader(kMaxFrameLength);
  reader.Feed(bytes);
  std::string found = "none";
  for (auto frame = reader.Next(); frame && *frame; frame = reader.Next()) {
    found = "none";
    if ((*frame)->type != FrameType::kRefuse) continue;
    const auto refusal = Refusal::Decode((*frame)->body);
    found = fmt::format("{}: {}", static_cast<int>(refusal->code), refusal->text);
  }
  return found;
}

}  // namespace tcpcopy::testing
