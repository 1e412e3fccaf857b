#include "src/io/uring/link_layer_path.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "netstack/wire/build_packet.h"
#include "src/io/uring/uring_sink.h"
#include "tests/io/namespace.h"
#include "tests/io/offload.h"
#include "tests/io/raw_tcp.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;
using Bytes = std::vector<std::uint8_t>;

const MacAddress kHere = MacAddress::Parse("02:00:5e:10:00:01").value();
const MacAddress kThere = MacAddress::Parse("02:00:5e:10:00:02").value();
const MacAddress kOther = MacAddress::Parse("02:00:5e:10:00:03").value();

/// v0 is a link at whose other end, v1, frames are looked at.
struct OneLink : testing::InNetworkNamespace {
  OneLink() {
    testing::Shell(
        "ip link add name v0 address 02:00:5e:10:00:01 mtu 1400 type veth peer name v1 && "
        "ip link set v0 up && ip link set v1 up && ip addr add 10.1.0.1/24 dev v0 && "
        "ip addr add 2001:db8::1/64 dev v0 nodad && "
        "ip neigh add 10.1.0.2 lladdr 02:00:5e:10:00:02 nud permanent dev v0 && "
        "ip neigh add 2001:db8::2 lladdr 02:00:5e:10:00:02 nud permanent dev v0");
  }
};
BOOST_TEST_GLOBAL_FIXTURE(OneLink);

IpAddress Ip(const char* text) { return IpAddress::Parse(text).value(); }

/// Every frame that arrives at v1, with its tag, as it was on the link.
class FarEnd {
 public:
  FarEnd() : socket_(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL))) {
    sockaddr_ll name{};
    name.sll_family = AF_PACKET;
    name.sll_protocol = htons(ETH_P_ALL);
    name.sll_ifindex = static_cast<int>(if_nametoindex("v1"));
    BOOST_REQUIRE(
        ::bind(socket_.get(), static_cast<sockaddr*>(static_cast<void*>(&name)), sizeof name) == 0);
  }

  /// The next one that holds `packet`, without it; empty after five seconds.
  Bytes HeaderBefore(ConstBytes packet) {
    pollfd waiting{socket_.get(), POLLIN, 0};
    while (::poll(&waiting, 1, 5000) == 1) {
      Bytes frame(2000);
      frame.resize(static_cast<std::size_t>(::recv(socket_.get(), frame.data(), frame.size(), 0)));
      const auto at = std::search(frame.begin(), frame.end(), packet.begin(), packet.end());
      if (at != frame.end()) return Bytes(frame.begin(), at);
    }
    return {};
  }

  /// The next IP packets, until they have `payload_bytes` for `port` behind headers of 20 bytes
  /// each; fewer after five seconds.
  std::vector<Bytes> PacketsFor(std::uint16_t port, std::size_t payload_bytes) {
    std::vector<Bytes> packets;
    pollfd waiting{socket_.get(), POLLIN, 0};
    while (payload_bytes > 0 && ::poll(&waiting, 1, 5000) == 1) {
      Bytes frame(70'000);
      frame.resize(static_cast<std::size_t>(::recv(socket_.get(), frame.data(), frame.size(), 0)));
      if (frame.size() < 54 || LoadBe16(&frame[12]) != ETH_P_IP) continue;
      if (frame[23] != IPPROTO_TCP || LoadBe16(&frame[36]) != port) continue;
      payload_bytes -= std::min(payload_bytes, frame.size() - 54);
      packets.emplace_back(frame.begin() + 14, frame.end());
    }
    return packets;
  }

 private:
  UniqueFd socket_;
};

Bytes Header(const EthernetHeader& header, IpFamily family) {
  Bytes bytes(EthernetHeader::kMaxBytes);
  bytes.resize(header.Write(family, bytes));
  return bytes;
}

struct Bench {
  void Open(LinkLayerPath::Options options) {
    path = LinkLayerPath::Open(std::move(options)).value();
    sink = UringSink::Create(*driver, loop, *path, {4, 1400}).value();
  }
  void Send(ConstBytes packet, const IpAddress& to) {
    SendSlot* const slot = sink->Acquire();
    BOOST_REQUIRE(slot != nullptr);
    std::ranges::copy(packet, slot->buffer.begin());
    sink->Send(slot, packet.size(), to);
    while (sink->slots_in_flight() > 0) loop.RunOnce();
  }

  FarEnd far_end;
  MonotonicClock clock;
  std::unique_ptr<UringDriver> driver = UringDriver::Create(clock).value();
  EventLoop loop{clock, *driver};
  std::unique_ptr<LinkLayerPath> path;
  std::unique_ptr<UringSink> sink;
  const Endpoint target{Ip("10.1.0.2"), 80};
  const Bytes syn = testing::MakeSyn({Ip("10.7.0.9"), 4000}, target, 1);
};

BOOST_FIXTURE_TEST_SUITE(LinkLayerPathTest, Bench)

BOOST_AUTO_TEST_CASE(AFrameGoesToTheNextHopFromTheDevice) {
  Open({{"v0"}, {}, {{target.address, {}}, {Ip("2001:db8::2"), {}}}});
  BOOST_TEST(path->unresolved().empty());
  BOOST_TEST(path->mtu() == 1400U);
  Send(syn, target.address);
  BOOST_TEST((far_end.HeaderBefore(syn) == Header({kThere, kHere, {}}, IpFamily::kV4)));
  const Bytes syn6 = testing::MakeSyn({Ip("2001:db8:7::9"), 4000}, {Ip("2001:db8::2"), 80}, 1);
  Send(syn6, Ip("2001:db8::2"));
  BOOST_TEST((far_end.HeaderBefore(syn6) == Header({kThere, kHere, {}}, IpFamily::kV6)));
  BOOST_TEST(sink->stats().packets == 2U);
  BOOST_TEST(sink->stats().bytes == syn.size() + syn6.size());  // of IP, as on every path
}

BOOST_AUTO_TEST_CASE(MacsThatAreGivenAreTaken) {
  Open({{"v0"}, {}, {{target.address, {.source = kOther, .destination = kOther}}}});
  Send(syn, target.address);
  BOOST_TEST((far_end.HeaderBefore(syn) == Header({kOther, kOther, {}}, IpFamily::kV4)));
}

BOOST_AUTO_TEST_CASE(WhatIsNotKnownYetIsACountedErrorUntilItIs) {
  const IpAddress silent = Ip("10.1.0.3");
  Open({{"v0"}, {}, {{silent, {}}}});
  BOOST_TEST((path->unresolved() == std::vector<IpAddress>{silent}));
  Send(syn, silent);
  Send(syn, target.address);  // no target of this path
  BOOST_TEST(sink->errors().at(EHOSTUNREACH) == 2U);
  BOOST_TEST(sink->stats().packets == 0U);
  testing::Shell("ip neigh replace 10.1.0.3 lladdr 02:00:5e:10:00:03 nud reachable dev v0");
  path->WaitForNeighbours(5s);
  BOOST_TEST(path->unresolved().empty());
  Send(syn, silent);
  BOOST_TEST((far_end.HeaderBefore(syn) == Header({kOther, kHere, {}}, IpFamily::kV4)));
  // Lost again, it stays as it was.
  testing::Shell("ip neigh del 10.1.0.3 dev v0");
  path->Refresh();
  BOOST_TEST(path->unresolved().empty());
}

BOOST_AUTO_TEST_CASE(AMovedNeighbourIsFoundByTheNextRefresh) {
  Open({{"v0"}, {}, {{target.address, {}}}});
  testing::Shell("ip neigh replace 10.1.0.2 lladdr 02:00:5e:10:00:03 nud permanent dev v0");
  path->Refresh();
  Send(syn, target.address);
  BOOST_TEST((far_end.HeaderBefore(syn) == Header({kOther, kHere, {}}, IpFamily::kV4)));
  testing::Shell("ip neigh replace 10.1.0.2 lladdr 02:00:5e:10:00:02 nud permanent dev v0");
}

BOOST_AUTO_TEST_CASE(ADeviceThatIsDownIsACountedError) {
  Open({{"v0"}, {}, {{target.address, {.source = {}, .destination = kThere}}}});
  testing::Shell("ip link set v0 down");
  path->Refresh();
  Send(syn, target.address);
  BOOST_TEST(sink->stats().errors() == 1U);
  testing::Shell(
      "ip link set v0 up && "
      "ip neigh replace 10.1.0.2 lladdr 02:00:5e:10:00:02 nud permanent dev v0");
  Send(syn, target.address);
  BOOST_TEST((far_end.HeaderBefore(syn) == Header({kThere, kHere, {}}, IpFamily::kV4)));
}

BOOST_AUTO_TEST_CASE(ManyTargetsAreLookedUpInTurn) {
  LinkLayerPath::Options options{{"v0"}, {}, {}};
  // The first ones are in no hurry.
  for (std::uint32_t i = 0; i < 2 * LinkLayerPath::kMostAtOnce; ++i) {
    options.targets[IpAddress::V4(0x0a010010U + i)] = {.source = {}, .destination = kThere};
  }
  const IpAddress last = Ip("10.1.0.254");
  options.targets[last] = {};
  Open(options);
  testing::Shell("ip neigh replace 10.1.0.254 lladdr 02:00:5e:10:00:03 nud permanent dev v0");
  path->Refresh();
  path->Refresh();
  BOOST_TEST(path->unresolved().size() == 1U);
  path->Refresh();
  BOOST_TEST(path->unresolved().empty());
}

/// The kernel takes the tag out of the frame before a packet socket sees it.
BOOST_AUTO_TEST_CASE(ATaggedFrameLeavesAsSuch) {
  Open({{"v0"}, VlanTag{.id = 7, .priority = 3}, {{target.address, {}}}});
  Departure departure;
  BOOST_TEST(path->Prepare(target.address, departure) >= 0);
  BOOST_TEST(departure.link_header_length == 18U);
  BOOST_TEST(LoadBe16(&departure.link_header[12]) == 0x8100);
  BOOST_TEST(LoadBe16(&departure.link_header[14]) == 0x6007);
  Send(syn, target.address);
  BOOST_TEST(sink->stats().packets == 1U);
}

/// A connection that writes segments with so many bytes.
struct Upload : Bench {
  void Write(std::uint16_t count, std::uint16_t payload) {
    for (std::uint16_t i = 0; i < count; ++i) {
      TcpSegment segment;
      segment.seq = SeqNum(std::uint32_t{payload} * i);
      segment.flags = {TcpFlags::kAck};
      segment.payload_length = payload;
      Bytes packet(40U + payload, static_cast<std::uint8_t>(i));
      BuildPacket({{Ip("10.7.0.9"), 4000}, target}, segment, i, packet);
      SendSlot* const slot = sink->Acquire();
      BOOST_REQUIRE(slot != nullptr);
      std::ranges::copy(packet, slot->buffer.begin());
      sink->Send(slot, packet.size(), target.address);
      sent.push_back(packet);
    }
    while (sink->slots_in_flight() > 0) loop.RunOnce();
    BOOST_TEST(sink->stats().packets == count);
    BOOST_TEST(sink->stats().errors() == 0U);
    arrived = far_end.PacketsFor(target.port, std::size_t{payload} * count);
  }
  std::vector<Bytes> sent, arrived;
};

/// Three of them in one turn.
struct Burst : Upload {
  explicit Burst(std::optional<VlanTag> vlan = {}) {
    Open({{"v0"}, vlan, {{target.address, {}}}});
    Write(3, 1000);
    BOOST_TEST(sink->stats().joined == 1U);
  }
};
struct TaggedBurst : Burst {
  TaggedBurst() : Burst(VlanTag{.id = 7, .priority = 3}) {}
};

BOOST_FIXTURE_TEST_CASE(ADeviceThatCutsSegmentsIsGivenThemAsOne, Burst) {
  BOOST_REQUIRE(arrived.size() == 1U);
  BOOST_TEST(arrived[0].size() == 20U + 20U + 3000U);
}

BOOST_FIXTURE_TEST_CASE(WithATagToo, TaggedBurst) { BOOST_TEST(arrived.size() == 1U); }

struct WithoutOffload {
  WithoutOffload() { testing::SetOffload("v0", ETHTOOL_STXCSUM, false); }
  ~WithoutOffload() { testing::SetOffload("v0", ETHTOOL_STXCSUM, true); }
};
struct BurstWithoutOffload : WithoutOffload, Burst {};
struct TaggedBurstWithoutOffload : WithoutOffload, TaggedBurst {};

BOOST_FIXTURE_TEST_CASE(ForADeviceThatDoesNotTheKernelCutsThem, BurstWithoutOffload) {
  BOOST_TEST((arrived == sent));
}

BOOST_FIXTURE_TEST_CASE(ForADeviceThatDoesNotTheKernelCutsTaggedOnes, TaggedBurstWithoutOffload) {
  BOOST_TEST((arrived == sent));
}

/// What finds no room in a socket's buffer comes later, and unchanged.
BOOST_FIXTURE_TEST_CASE(OverASlowLinkEverySegmentArrivesAsItIs, Upload) {
  testing::SetOffload("v0", ETHTOOL_STXCSUM, false);
  testing::Shell("tc qdisc add dev v0 root tbf rate 20mbit burst 5kb limit 1mb");
  Open({{"v0"}, {}, {{target.address, {}}}});
  sink = UringSink::Create(*driver, loop, *path, {200, 1400}).value();
  Departure departure;
  const int plain = path->Prepare(target.address, departure);
  for (const int socket : {plain, departure.gso_socket}) {
    const int bytes = 1;  // the smallest
    BOOST_REQUIRE(::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) == 0);
  }
  Write(200, 100);
  BOOST_TEST(sink->stats().joined > 0U);
  BOOST_TEST(sink->stats().joined < 200 / GsoPacket::kMostSegments);  // others found no room
  std::ranges::sort(arrived);
  std::ranges::sort(sent);
  BOOST_TEST((arrived == sent));
  testing::Shell("tc qdisc del dev v0 root");
  testing::SetOffload("v0", ETHTOOL_STXCSUM, true);
}

BOOST_AUTO_TEST_CASE(WhatCannotWorkIsSaidAtOnce) {
  const auto message = [&](const char* device, const char* to) {
    const auto opened = LinkLayerPath::Open({{device}, {}, {{Ip(to), {}}}});
    return opened ? std::string() : opened.error().message;
  };
  BOOST_TEST(message("lo", "127.0.0.1").starts_with("127.0.0.1 is this host"));
  BOOST_TEST(message("lo", "10.1.0.2").starts_with("interface lo: is no Ethernet"));
  BOOST_TEST(message("v9", "10.1.0.2").starts_with("interface v9: "));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
