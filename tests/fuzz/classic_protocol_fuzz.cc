// Input: one byte that says what it is (0: a stream to intercept's end, 1: one to tcpcopy's, 2: a
// packet that becomes a record), one of how long the pieces are in which it comes, then the bytes.
#include <algorithm>
#include <array>
#include <span>

#include "netstack/base/check.h"
#include "netstack/wire/packet_view.h"
#include "src/io/intercept/classic_acceptor.h"
#include "src/io/intercept/classic_connector.h"

namespace tcpcopy {
namespace {

struct Connecting final : ConnectorEvents {
  void OnUp() override {}
  void OnReply(const Reply& reply) override {
    TCPCOPY_CHECK(reply.packet.size() >= 40 && reply.packet.size() <= kClassicRecordBytes);
    TCPCOPY_CHECK(reply.packet.size() <= reply.wire_length);
    ConstBytes fragment;
    const Frame frame{LinkType::kRawIp, reply.packet, reply.wire_length};
    const auto view = ParsePacket(frame, fragment);
    TCPCOPY_CHECK(view.has_value() || view.error() == ParseError::kFragment);
  }
  void OnHeartbeat(const Heartbeat&) override {}
  void OnAnswer(std::string_view) override {}
};

struct Accepting final : AcceptorEvents {
  bool HasRoom() override { return true; }
  void OnUp(std::uint32_t, const std::string&) override { TCPCOPY_CHECK(++ups == 1); }
  void OnTargets(std::span<const Endpoint>) override {}
  void OnAnnounce(const FlowKey&) override { TCPCOPY_CHECK(ups == 1); }
  void OnWithdraw(const FlowKey&) override { TCPCOPY_CHECK(ups == 1); }
  void OnHeartbeat(const Heartbeat&) override {}
  std::string OnQuestion(std::string_view) override { return {}; }
  int ups = 0;
};

template <typename End>
void Feed(End& end, ConstBytes bytes, std::size_t piece) {
  while (!bytes.empty()) {
    const std::size_t length = std::min(piece, bytes.size());
    if (!end.OnBytes(bytes.first(length))) return;
    bytes = bytes.subspan(length);
  }
}

/// A record that we write agrees with itself and with the packet.
void MakeRecord(ConstBytes packet, std::size_t missing) {
  std::array<std::uint8_t, kClassicRecordBytes> record;
  if (!WriteClassicRecord(packet, packet.size() + missing, record)) return;
  const auto reply = ReadClassicRecord(record);
  TCPCOPY_CHECK(reply.has_value());
  TCPCOPY_CHECK(reply->bytes == record);
  const auto view = ParsePacket(LinkType::kRawIp, reply->packet(), reply->wire_length);
  TCPCOPY_CHECK(view.has_value());
  const auto whole = ParsePacket(LinkType::kRawIp, packet, packet.size() + missing);
  if (!whole) return;  // the capture cut its headers, or says more than there was
  TCPCOPY_CHECK(view->flow == whole->flow);
  const bool told = LoadBe16(&packet[2]) != 0;
  if (told) TCPCOPY_CHECK(view->segment.payload_length == whole->segment.payload_length);
}

void Run(ConstBytes input) {
  if (input.size() < 2) return;
  const std::size_t piece = input[1] == 0 ? input.size() : input[1];
  const ConstBytes bytes = input.subspan(2);
  OutBuffer out(1024 * 1024);
  Connecting connecting;
  Accepting accepting;
  if (input[0] % 3 == 0) {
    ClassicAcceptor acceptor(out, accepting, 16);
    Feed(acceptor, bytes, piece);
  } else if (input[0] % 3 == 1) {
    ClassicConnector connector(out, connecting);
    Feed(connector, bytes, piece);
  } else {
    MakeRecord(bytes, input[1]);
  }
}

}  // namespace
}  // namespace tcpcopy

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tcpcopy::Run({data, size});
  return 0;
}
