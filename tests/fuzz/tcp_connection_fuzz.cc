// Reads the input as a script: what the session does, which segments come, how time passes. The
// connection must neither crash nor hang, never promise output that it has not, keep to the
// window, and give all bytes back.

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "netstack/base/check.h"
#include "netstack/tcp/tcp_connection.h"
#include "netstack/wire/packet_view.h"

namespace tcpcopy {
namespace {

/// The input, byte by byte; zeros behind its end.
class Input {
 public:
  explicit Input(ConstBytes bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  std::uint8_t Byte() {
    if (bytes_.empty()) return 0;
    const std::uint8_t byte = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return byte;
  }
  std::uint16_t Word() { return static_cast<std::uint16_t>(Byte() << 8 | Byte()); }
  std::uint32_t Long() { return std::uint32_t{Word()} << 16 | Word(); }
  /// Mostly near zero, where the edges are.
  std::uint32_t Offset() {
    const std::uint8_t kind = Byte();
    if (kind < 128) return static_cast<std::uint32_t>(static_cast<std::int8_t>(Byte()) / 8);
    return kind < 192 ? Word() : Long();
  }

 private:
  ConstBytes bytes_;
};

class Run {
 public:
  explicit Run(ConstBytes bytes) : input_(bytes) {
    const std::uint8_t shape = input_.Byte();
    is_v4_ = (shape & 1) != 0;
    settings_.receive_window = (shape & 2) != 0 ? 1U << 20 : input_.Word();
    settings_.mtu = (shape & 4) != 0 ? 1500 : 256;
    const FlowKey flow = is_v4_
                             ? FlowKey{{IpAddress::V4(1), 1}, {IpAddress::V4(2), 2}}
                             : FlowKey{{IpAddress::FromBytes(std::array<std::uint8_t, 16>{1}), 1},
                                       {IpAddress::FromBytes(std::array<std::uint8_t, 16>{2}), 2}};
    iss_ = SeqNum(input_.Long());
    connection_.Prepare(flow, Options());
  }

  void Play() {
    while (!input_.empty()) {
      Step();
      Poll();
    }
    connection_.Abort(now_);
    Poll();
    if (connection_.NextTimeout() != kNever) {  // its RST may have missed
      now_ = connection_.NextTimeout();
      connection_.OnTimeout(now_);
      Poll();
    }
    TCPCOPY_CHECK(connection_.state() == TcpState::kClosed || !connected_);
    TCPCOPY_CHECK(!connected_ || pool_.in_use() == 0);
    TCPCOPY_CHECK(!connected_ || connection_.NextTimeout() == kNever);
  }

 private:
  void Step() {
    switch (input_.Byte() % 10) {
      case 0:
        if (!connected_) connection_.Connect(iss_, now_);
        connected_ = true;
        return;
      case 1:
        connection_.Buffer(std::vector<std::uint8_t>(input_.Word()));
        return;
      case 2:
        connection_.Push(std::min<std::uint64_t>(
            input_.Word(), connection_.bytes_buffered() - connection_.bytes_pushed()));
        return;
      case 3:
        connection_.Close();
        return;
      case 4:
        if (input_.Byte() < 8) connection_.Abort(now_);
        return;
      case 5:
        now_ += input_.Word() * Duration(1'000'000);
        Timeout();
        return;
      case 6:
        if (connection_.NextTimeout() == kNever) return;
        now_ = std::max(now_, connection_.NextTimeout());
        Timeout();
        return;
      default:
        Inject();
    }
  }

  void Timeout() {
    connection_.OnTimeout(now_);
    TCPCOPY_CHECK(connection_.NextTimeout() > now_);
  }

  TcpOptions Options() {
    TcpOptions options;
    const std::uint8_t which = input_.Byte();
    if ((which & 1) != 0) options.mss = input_.Word();
    if ((which & 2) != 0) options.window_scale = input_.Byte();
    options.sack_permitted = (which & 4) != 0;
    if ((which & 8) != 0) options.timestamps = TcpTimestamps{input_.Offset(), input_.Offset()};
    return options;
  }

  void Inject() {
    const SendSequence& snd = connection_.sender().sequence();
    TcpSegment segment;
    segment.flags.bits = input_.Byte() & 0x3f;
    segment.seq = connection_.receiver().ack_number() + input_.Offset();
    const std::array<std::uint64_t, 3> edges = {snd.una, snd.nxt, snd.max};
    segment.ack = snd.Number(edges[input_.Byte() % 3]) + input_.Offset();
    segment.window = input_.Word();
    segment.payload_length = input_.Offset() & 0xffff;
    if (input_.Byte() < 64) segment.options = Options();
    connection_.OnSegment(segment, now_);
  }

  void Poll() {
    std::array<std::uint8_t, 1500> buffer;
    for (int count = 0;; ++count) {
      TCPCOPY_CHECK(count < 100'000);
      const bool promised = connection_.HasOutput(now_);
      const SendSequence before = connection_.sender().sequence();
      const std::size_t length = connection_.PollTransmit(now_, buffer);
      TCPCOPY_CHECK(promised == (length > 0));
      if (length == 0) return;
      const auto packet = ParsePacket(is_v4_ ? LinkType::kIpv4 : LinkType::kIpv6,
                                      MutableBytes(buffer).first(length), length);
      TCPCOPY_CHECK(packet.has_value());
      CheckWindow(before, packet->segment);
    }
  }

  static void CheckWindow(const SendSequence& snd, const TcpSegment& segment) {
    if (segment.flags.syn() || segment.Length() == 0) return;
    const auto end = segment.seq + segment.Length() - snd.Number(snd.una);
    const std::int64_t probe = snd.wnd == 0 ? 1 : 0;
    TCPCOPY_CHECK(end <= std::int64_t{snd.wnd} + probe);
  }

  Input input_;
  TcpSettings settings_;
  BlockPool pool_{1U << 18};
  TcpMemory memory_{pool_};
  TcpConnection connection_{settings_, memory_};
  SeqNum iss_;
  Instant now_ = Instant{} + Duration(1'000'000'000);
  bool is_v4_ = true;
  bool connected_ = false;
};

}  // namespace
}  // namespace tcpcopy

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tcpcopy::Run({data, size}).Play();
  return 0;
}
