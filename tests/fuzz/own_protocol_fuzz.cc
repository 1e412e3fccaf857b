// Input: one byte that says which end hears it and how far the handshake is (bit 0: intercept's, 1:
// already served, 2: with a secret), one of how long the pieces are in which it comes, then the
// stream.
#include <algorithm>
#include <span>

#include "netstack/base/check.h"
#include "src/io/intercept/own_acceptor.h"
#include "src/io/intercept/own_connector.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kOutLimit = 1024 * 1024;
// What a peer may make the other side say beyond it: a HELLO, a PROOF or a REFUSE.
constexpr std::size_t kSlack = 4096;

struct Connecting final : ConnectorEvents {
  void OnUp() override { TCPCOPY_CHECK(++ups == 1); }
  void OnReply(const Reply& reply) override {
    TCPCOPY_CHECK(ups == 1);
    TCPCOPY_CHECK(reply.packet.size() <= reply.wire_length);
    for (const std::uint8_t byte : reply.packet) sum += byte;  // all of it may be read
  }
  void OnHeartbeat(const Heartbeat&) override { TCPCOPY_CHECK(ups == 1); }
  void OnAnswer(std::string_view) override { TCPCOPY_CHECK(ups == 1); }
  int ups = 0;
  unsigned sum = 0;
};

struct Accepting final : AcceptorEvents {
  bool HasRoom() override { return true; }
  void OnUp(std::uint32_t, const std::string& program) override {
    TCPCOPY_CHECK(++ups == 1);
    TCPCOPY_CHECK(std::ranges::all_of(program, [](char c) { return c >= ' ' && c <= '~'; }));
  }
  void OnTargets(std::span<const Endpoint>) override { TCPCOPY_CHECK(ups == 1); }
  void OnAnnounce(const FlowKey& flow) override { Check(flow); }
  void OnWithdraw(const FlowKey& flow) override { Check(flow); }
  void OnHeartbeat(const Heartbeat&) override {}
  std::string OnQuestion(std::string_view question) override {
    TCPCOPY_CHECK(ups == 1);
    return std::string(question);
  }
  void Check(const FlowKey& flow) const {
    TCPCOPY_CHECK(ups == 1);
    TCPCOPY_CHECK(flow.local.address.family() == flow.peer.address.family());
  }
  int ups = 0;
};

/// Feeds `end` until it has heard enough.
template <typename End>
void Feed(End& end, ConstBytes bytes, std::size_t piece) {
  while (!bytes.empty()) {
    const std::size_t length = std::min(piece, bytes.size());
    const auto outcome = end.OnBytes(bytes.first(length));
    if (!outcome) {
      TCPCOPY_CHECK(!outcome.error().empty());
      return;
    }
    bytes = bytes.subspan(length);
  }
}

std::vector<std::uint8_t> HelloFrame(Role role) {
  Hello hello;
  hello.role = role;
  OutBuffer out(kOutLimit);
  FrameWriter(out).Write(FrameType::kHello, hello.Encode());
  return {out.waiting().begin(), out.waiting().end()};
}

template <typename End, typename Events>
void Hear(const typename End::Options& options, Role other, bool served, ConstBytes stream,
          std::size_t piece) {
  OutBuffer out(kOutLimit);
  Events events;
  End end(out, events, options, Nonce{1});
  if (served) {
    TCPCOPY_CHECK(end.OnBytes(HelloFrame(other)).has_value());
    TCPCOPY_CHECK(events.ups == 1);
  }
  Feed(end, stream, piece);
  TCPCOPY_CHECK(out.size() <= kOutLimit + kSlack);
  // Nobody guesses a proof.
  if (!options.secret->empty()) TCPCOPY_CHECK(events.ups == 0);
}

/// What one message says, said again, is the same.
void ReadMessages(ConstBytes bytes) {
  if (const auto hello = Hello::Decode(bytes)) {
    TCPCOPY_CHECK(Hello::Decode(hello->Encode()) == hello);
  }
  if (const auto refusal = Refusal::Decode(bytes)) {
    TCPCOPY_CHECK(Refusal::Decode(refusal->Encode()) == refusal);
  }
  if (const auto heartbeat = Heartbeat::Decode(bytes)) {
    TCPCOPY_CHECK(Heartbeat::Decode(heartbeat->Encode()) == heartbeat);
  }
  if (const auto targets = DecodeTargets(bytes)) {
    TCPCOPY_CHECK(std::ranges::equal(EncodeTargets(*targets), bytes));
  }
}

void Run(ConstBytes input) {
  if (input.size() < 2) return;
  const bool is_intercept = (input[0] & 1) != 0;
  const bool with_secret = (input[0] & 4) != 0;
  const bool served = (input[0] & 2) != 0 && !with_secret;
  const std::size_t piece = input[1] == 0 ? input.size() : input[1];
  const ConstBytes stream = input.subspan(2);
  const Secret secret(with_secret ? "sesame" : "");
  if (is_intercept) {
    Hear<OwnAcceptor, Accepting>({&secret, "intercept"}, Role::kConnector, served, stream, piece);
  } else {
    Hear<OwnConnector, Connecting>({&secret, 0, {}, "tcpcopy"}, Role::kListener, served, stream,
                                   piece);
  }
  ReadMessages(stream);
}

}  // namespace
}  // namespace tcpcopy

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tcpcopy::Run({data, size});
  return 0;
}
