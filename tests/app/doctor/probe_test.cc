#include "src/app/doctor/probe.h"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "netstack/wire/packet_view.h"

namespace tcpcopy {
namespace {

/// Keeps what is sent; with `full`, has no room.
class Kept final : public PacketSink {
 public:
  SendSlot* Acquire() override { return full ? nullptr : &slot_; }
  void Send(SendSlot* slot, std::size_t length, const IpAddress& destination) override {
    packets.emplace_back(slot->buffer.begin(),
                         slot->buffer.begin() + static_cast<std::ptrdiff_t>(length));
    to = destination;
  }
  void Release(SendSlot*) override {}
  void PostWhenFree(Runnable&) override {}
  Stats stats() const override { return {}; }

  bool full = false;
  std::vector<std::vector<std::uint8_t>> packets;
  IpAddress to;

 private:
  std::vector<std::uint8_t> room_ = std::vector<std::uint8_t>(1500);
  SendSlot slot_{room_};
};

Probe Of(const char* from, const char* to) {
  return {{{IpAddress::Parse(from).value(), 4000}, {IpAddress::Parse(to).value(), 80}}, 7, 1400};
}

BOOST_AUTO_TEST_CASE(AProbeIsASynAndItsResetEndsIt) {
  for (const Probe& probe : {Of("10.0.1.2", "10.0.2.2"), Of("2001:db8:1::2", "2001:db8:2::2")}) {
    Kept sink;
    BOOST_TEST(probe.SendSyn(sink));
    BOOST_TEST(probe.SendReset(sink));
    BOOST_TEST((sink.to == probe.flow.peer.address));
    BOOST_TEST_REQUIRE(sink.packets.size() == 2U);
    const auto read = [&](std::size_t i) {
      const auto& packet = sink.packets[i];
      return ParsePacket(LinkType::kRawIp, packet, packet.size()).value();
    };
    BOOST_TEST((read(0).flow == probe.flow));
    BOOST_TEST((read(0).segment.flags == TcpFlags{TcpFlags::kSyn}));
    BOOST_TEST((read(0).segment.seq == SeqNum(7)));
    BOOST_TEST((read(0).segment.options.mss == std::uint16_t{1400}));
    BOOST_TEST((read(1).segment.flags == TcpFlags{TcpFlags::kRst}));
    BOOST_TEST((read(1).segment.seq == SeqNum(8)));
  }
}

BOOST_AUTO_TEST_CASE(ProbesAreMarked) {
  Kept sink;
  BOOST_TEST(Of("10.0.1.2", "10.0.2.2").SendSyn(sink));
  BOOST_TEST(LoadBe16(&sink.packets[0][4]) == Probe::kIpId);
}

BOOST_AUTO_TEST_CASE(WithoutRoomNothingIsSent) {
  Kept sink;
  sink.full = true;
  BOOST_TEST(!Of("10.0.1.2", "10.0.2.2").SendSyn(sink));
  BOOST_TEST(sink.packets.empty());
}

}  // namespace
}  // namespace tcpcopy
