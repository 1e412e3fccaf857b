// Input: frames, each after a byte of link type, two of how much more there was on the wire, and
// two of its own length. Every session that a frame belongs to is announced before the frame is
// caught, unless the byte of link type is odd.
#include <algorithm>
#include <iterator>

#include "netstack/base/check.h"
#include "netstack/wire/packet_too_big.h"
#include "netstack/wire/packet_view.h"
#include "src/intercept/reply_relay.h"
#include "tests/runtime/idle_driver.h"

namespace tcpcopy {
namespace {

constexpr LinkType kLinkTypes[] = {LinkType::kRawIp, LinkType::kEthernet, LinkType::kLinuxSll2,
                                   LinkType::kIpv4, LinkType::kIpv6};
constexpr std::size_t kHeadBytes = 5;

/// What is relayed is a packet that somebody can read.
bool Check(ConstBytes packet, std::size_t wire_length) {
  TCPCOPY_CHECK(packet.size() <= wire_length);
  const auto view = ParsePacket(LinkType::kRawIp, packet, wire_length);
  TCPCOPY_CHECK(view || view.error() == ParseError::kNotTcp ||
                PacketTooBig::Parse({LinkType::kRawIp, packet, wire_length}));
  return true;
}

}  // namespace
}  // namespace tcpcopy

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tcpcopy;
  VirtualClock clock;
  testing::IdleDriver driver;
  EventLoop loop(clock, driver);
  ReplyRelay::Options options;
  options.rewrites =
      AddressRewrite::Parse("172.17.0.2-10.0.0.2,[fd00::2]:80-[2001:db8::2]:8080").value();
  ReplyRelay relay(loop, std::move(options),
                   {.send = [](PeerId, ConstBytes packet,
                               std::size_t wire_length) { return Check(packet, wire_length); },
                    .on_wanted = {},
                    .on_question = {},
                    .capture = {}});
  relay.OnPeer(1, {});
  ConstBytes input(data, size);
  std::uint64_t packets = 0;
  while (input.size() >= kHeadBytes) {
    const LinkType link = kLinkTypes[input[0] / 2 % std::size(kLinkTypes)];
    const std::size_t missing = LoadBe16(&input[1]);
    const std::size_t length = LoadBe16(&input[3]);
    const bool announced = input[0] % 2 == 0;
    input = input.subspan(kHeadBytes);
    const ConstBytes frame = input.first(std::min(length, input.size()));
    input = input.subspan(frame.size());
    const auto view = ParsePacket(link, frame, frame.size() + missing);
    if (view && announced) relay.OnAnnounce(1, view->flow.Reversed());
    relay.OnPacket({.bytes = frame,
                    .link = link,
                    .wire_length = frame.size() + missing,
                    .number = ++packets,
                    .interface = static_cast<std::uint32_t>(packets % 3)});
    if (view && !announced) relay.OnAnnounce(1, view->flow.Reversed());
  }
  const ReplyRelay::Stats stats = relay.stats();
  TCPCOPY_CHECK(stats.caught == packets);
  TCPCOPY_CHECK(stats.stray + stats.twins + stats.unparsable <= packets);
  return 0;
}
