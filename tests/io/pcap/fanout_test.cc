#include "src/io/pcap/fanout.h"

#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

#include "netstack/wire/packet_view.h"
#include "src/io/pcap/live_capture.h"
#include "src/io/socket_address.h"
#include "src/io/uring/raw_socket.h"
#include "src/runtime/clock.h"
#include "tests/io/namespace.h"
#include "tests/io/raw_tcp.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
using testing::Shell;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

constexpr std::size_t kMembers = 3;
constexpr FanoutRule kRule{2'654'435'769, 16};
constexpr std::uint16_t kTarget = 81;
constexpr Duration kPatience = std::chrono::seconds(10);

std::size_t MemberOf(std::uint16_t port) {
  return (port * kRule.multiplier >> kRule.shift) % kMembers;
}

/// Client ports, in the order of arrival.
struct Ports final : PacketHandler {
  void OnPacket(const CapturedPacket& packet) override {
    const auto view = ParsePacket(packet.link, packet.bytes, packet.wire_length);
    BOOST_REQUIRE(view.has_value());
    ports.push_back(view->flow.local.port);
  }
  std::vector<std::uint16_t> ports;
};

/// Captures of all SYNs to a port, as a group.
struct Group {
  explicit Group(const char* interface) {
    std::vector<int> sockets;
    for (std::size_t i = 0; i < kMembers; ++i) {
      LiveOptions options;
      options.interface = interface;
      options.bpf_filter = "tcp dst port " + std::to_string(kTarget);
      options.buffer_bytes = 1 << 20;
      captures.push_back(LiveCapture::Open(options).value());
      sockets.push_back(captures.back()->PollFd());
    }
    const auto joined = JoinFanout(sockets, kRule);
    BOOST_TEST_REQUIRE(joined.has_value(), (joined ? "" : joined.error().message));
  }

  /// Reads until there are `count` in all.
  void Expect(std::size_t count) {
    const MonotonicClock clock;
    const Instant give_up = clock.Now() + kPatience;
    std::vector<Ports> seen(kMembers);
    std::size_t sum = 0;
    while (sum < count && clock.Now() < give_up) {
      sum = 0;
      for (std::size_t i = 0; i < kMembers; ++i) {
        BOOST_REQUIRE(captures[i]->Drain(seen[i], 64).has_value());
        sum += seen[i].ports.size();
      }
    }
    BOOST_TEST(sum == count);
    for (std::size_t i = 0; i < kMembers; ++i) {
      BOOST_TEST(seen[i].ports.size() > count / 10);
      for (const std::uint16_t port : seen[i].ports) BOOST_REQUIRE(MemberOf(port) == i);
    }
  }

  std::vector<std::unique_ptr<LiveCapture>> captures;
};

void SendSyns(const IpAddress& address, std::uint16_t count) {
  const UniqueFd socket = OpenRawSocket(address.family()).value();
  for (std::uint16_t i = 0; i < count; ++i) {
    const auto port = static_cast<std::uint16_t>(40'000 + 2 * i);
    const auto packet = testing::MakeSyn({address, port}, {address, kTarget}, 1);
    SocketAddress to({address, 0});
    BOOST_REQUIRE(::sendto(socket.get(), packet.data(), packet.size(), 0, to.get(), to.length()) ==
                  static_cast<ssize_t>(packet.size()));
  }
}

BOOST_AUTO_TEST_CASE(EachPacketGoesToTheMemberOfItsPort) {
  for (const char* const interface : {"any", "lo"}) {
    Group group(interface);
    SendSyns(IpAddress::V4(0x7f000001), 300);
    group.Expect(300);
    SendSyns(IpAddress::Parse("::1").value(), 300);
    group.Expect(300);
  }
}

BOOST_AUTO_TEST_CASE(MembersKeepTheirNumbersWhenTheInterfaceGoesDownAndUp) {
  Group group("lo");
  Shell("ip link set lo down");
  Shell("ip link set lo up");
  // What is told of the interface that went down is not a packet.
  Ports none;
  for (const auto& capture : group.captures) static_cast<void>(capture->Drain(none, 64));
  SendSyns(IpAddress::V4(0x7f000001), 300);
  group.Expect(300);
}

BOOST_AUTO_TEST_CASE(TwoGroupsHaveNothingToDoWithEachOther) {
  Group one("any");
  Group other("any");
  SendSyns(IpAddress::V4(0x7f000001), 100);
  one.Expect(100);
  other.Expect(100);
}

BOOST_AUTO_TEST_CASE(WhatThisHostSendsGoesToNoMember) {
  if (!KernelFansOutIncoming()) return;
  Shell("ip link add one type veth peer name other && ip link set one up && ip link set other up");
  LiveOptions options;
  options.interface = "one";
  options.bpf_filter = "ether proto 0x88b5";
  const auto capture = LiveCapture::Open(options).value();
  BOOST_REQUIRE(JoinFanout({capture->PollFd()}, kRule).has_value());
  const UniqueFd socket(::socket(AF_PACKET, SOCK_DGRAM, 0));
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_protocol = htons(0x88b5);
  to.sll_halen = 6;
  for (const char* const from : {"one", "other", "other"}) {
    to.sll_ifindex = static_cast<int>(if_nametoindex(from));
    BOOST_REQUIRE(::sendto(socket.get(), "packet", 6, 0, reinterpret_cast<const sockaddr*>(&to),
                           sizeof to) == 6);
  }
  BOOST_TEST(capture->Stats().received == 2U);
}

BOOST_AUTO_TEST_CASE(WhatIsNoPacketSocketIsAnError) {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM, 0));
  const auto joined = JoinFanout({socket.get()}, kRule);
  BOOST_REQUIRE(!joined.has_value());
  BOOST_TEST(joined.error().message.starts_with("captures cannot share packets: "));
}

}  // namespace
}  // namespace tcpcopy
