#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <map>
#include <memory>
#include <vector>

#include "netstack/wire/build_packet.h"
#include "src/io/unique_fd.h"
#include "src/io/uring/uring_sink.h"
#include "tests/io/namespace.h"
#include "tests/io/uring/cut_gso.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using Bytes = std::vector<std::uint8_t>;
using Counts = std::vector<std::size_t>;

constexpr std::size_t kEthernetBytes = 14;

/// Messages wait for room in the sender's buffer, as packets do: where they wait for the receiver,
/// io_uring sends them anew without what has been read of them.
struct LongQueues : testing::InNetworkNamespace {
  LongQueues() { testing::Shell("echo 1000 > /proc/sys/net/unix/max_dgram_qlen"); }
};
BOOST_TEST_GLOBAL_FIXTURE(LongQueues);

/// A path with a socket for joined segments; what both its sockets take can be read at one end.
struct GsoPath final : SendPath {
  GsoPath() : plain(Socket()), gso(Socket()), far(Socket()) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    socklen_t length = sizeof name.sun_family;  // the kernel finds the rest
    auto* const address = static_cast<sockaddr*>(static_cast<void*>(&name));
    BOOST_REQUIRE(::bind(far.get(), address, length) == 0);
    length = sizeof name;
    BOOST_REQUIRE(::getsockname(far.get(), address, &length) == 0);
    for (const UniqueFd* const one : {&plain, &gso}) {
      BOOST_REQUIRE(::connect(one->get(), address, length) == 0);
    }
  }
  static UniqueFd Socket() { return UniqueFd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)); }

  int Prepare(const IpAddress&, Departure& departure) override {
    departure.link_header_length = EthernetHeader{}.Write(IpFamily::kV4, departure.link_header);
    departure.address_length = 0;
    departure.gso_socket = gso.get();
    departure.gso_mtu = mtu;
    departure.gso_limits = limits;
    return plain.get();
  }
  void SetBuffers(int bytes) {  // the kernel doubles it
    for (const UniqueFd* const one : {&plain, &gso}) {
      BOOST_REQUIRE(::setsockopt(one->get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) == 0);
    }
  }

  UniqueFd plain, gso, far;
  std::size_t mtu = 1500;
  GsoLimits limits;
};

/// Connections that send by way of a sink that joins.
struct Fixture {
  Fixture() { Make(64); }
  void Make(std::size_t slots) {
    sink = UringSink::Create(*driver, loop, path, {slots, 1500}).value();
  }

  /// The next segment of the connection from `port`.
  void Send(std::uint16_t port, std::uint32_t length, std::uint8_t more_flags = 0) {
    TcpSegment segment;
    segment.seq = SeqNum(seq[port]);
    segment.flags = {static_cast<std::uint8_t>(TcpFlags::kAck | more_flags)};
    segment.payload_length = length;
    Bytes packet(40 + length, static_cast<std::uint8_t>(port));
    BuildPacket({{localhost, port}, {localhost, 80}}, segment, id[port]++, packet);
    seq[port] += length;
    SendSlot* const slot = sink->Acquire();
    BOOST_REQUIRE(slot != nullptr);
    std::ranges::copy(packet, slot->buffer.begin());
    sink->Send(slot, packet.size(), localhost);
    sent.push_back(std::move(packet));
  }

  /// Takes what has come to the other end.
  void Look() {
    Bytes message(70'000);
    ssize_t got = 0;
    while ((got = ::recv(path.far.get(), message.data(), message.size(), MSG_DONTWAIT)) > 0) {
      const ConstBytes bytes(message.data(), static_cast<std::size_t>(got));
      // Frames that go alone begin with a MAC of zeros, those that are joined with a flag.
      const auto frames = bytes[0] == 0 ? std::vector<Bytes>{Bytes(bytes.begin(), bytes.end())}
                                        : testing::CutGso(bytes);
      counts.push_back(frames.size());
      for (const Bytes& frame : frames)
        came.emplace_back(frame.begin() + kEthernetBytes, frame.end());
    }
  }

  /// All that was sent has come, as it was and in its order; of how many each message consisted.
  Counts Arrived() {
    Collect();
    BOOST_TEST((came == sent));
    return counts;
  }
  /// What waits for a full socket is taken by the kernel in any order.
  void ExpectAllInAnyOrder() {
    std::ranges::sort(came);
    std::ranges::sort(sent);
    BOOST_TEST((came == sent));
  }
  void Collect() {
    const Instant give_up = clock.Now() + 5s;
    while (sink->slots_in_flight() > 0 && clock.Now() < give_up) {
      loop.RunOnce(clock.Now() + 10ms);
      Look();
    }
    Look();
    BOOST_TEST(sink->stats().packets == sent.size());
    BOOST_TEST(sink->stats().errors() == 0U);
    const auto joined = std::ranges::count_if(counts, [](std::size_t count) { return count > 1; });
    BOOST_TEST(sink->stats().joined == static_cast<std::size_t>(joined));
  }

  const IpAddress localhost = IpAddress::V4(0x7f000001);
  MonotonicClock clock;
  std::unique_ptr<UringDriver> driver = UringDriver::Create(clock).value();
  EventLoop loop{clock, *driver};
  GsoPath path;
  std::unique_ptr<UringSink> sink;
  std::map<std::uint16_t, std::uint32_t> seq;
  std::map<std::uint16_t, std::uint16_t> id;
  std::vector<Bytes> sent, came;
  Counts counts;
};

BOOST_FIXTURE_TEST_SUITE(UringSinkGsoTest, Fixture)

BOOST_AUTO_TEST_CASE(SegmentsOfOneTurnGoAsOnePacket) {
  for (int i = 0; i < 5; ++i) Send(1000, 1400);
  Send(1000, 10, TcpFlags::kPsh);
  BOOST_TEST((Arrived() == Counts{6}));
  std::uint64_t bytes = 0;
  for (const Bytes& packet : sent) bytes += packet.size();
  BOOST_TEST(sink->stats().bytes == bytes);
}

BOOST_AUTO_TEST_CASE(NothingWaitsForTheNextTurn) {
  for (int i = 0; i < 3; ++i) {
    Send(1000, 1400);
    loop.RunOnce(loop.Now());
  }
  BOOST_TEST((Arrived() == Counts{1, 1, 1}));
}

BOOST_AUTO_TEST_CASE(ConnectionsAreNotJoinedAndStayInOrder) {
  for (int i = 0; i < 2; ++i) {
    Send(1000, 1400);
    Send(1000, 1400);
    Send(2000, 1400);
    Send(3000, 0);
  }
  Send(3000, 0, TcpFlags::kFin);
  BOOST_TEST((Arrived() == Counts{2, 1, 1, 2, 1, 1, 1}));
}

BOOST_AUTO_TEST_CASE(MoreThanOnePacketHoldsGoesOnInTheNext) {
  for (int i = 0; i < 60; ++i) Send(1000, 1400);
  BOOST_TEST((Arrived() == Counts{46, 14}));
}

BOOST_AUTO_TEST_CASE(SegmentsBeyondTheMtuAreLeftAlone) {
  path.mtu = 1400;
  Send(1000, 1400);
  Send(1000, 1400);
  BOOST_TEST((Arrived() == Counts{1, 1}));
}

BOOST_AUTO_TEST_CASE(WithTooManyUnderWayTheRestGoesAlone) {
  Make(200);
  constexpr std::uint16_t kConnections = 2 * UringSink::kMostGsoPackets;
  for (std::uint16_t port = 1; port <= kConnections; ++port) {
    Send(port, 100);
    Send(port, 100, TcpFlags::kPsh);
  }
  Counts expected(UringSink::kMostGsoPackets, 2);
  expected.resize(expected.size() + 2 * UringSink::kMostGsoPackets, 1);
  BOOST_TEST((Arrived() == expected));
}

BOOST_AUTO_TEST_CASE(NoMoreIsJoinedThanTheDeviceTakes) {
  path.limits.segments = 3;
  for (int i = 0; i < 7; ++i) Send(1000, 1400);
  BOOST_TEST((Arrived() == Counts{3, 3, 1}));
}

BOOST_AUTO_TEST_CASE(WhatIsRefusedJoinedGoesAloneFromThenOn) {
  path.SetBuffers(8'000);  // longer messages are refused
  for (std::size_t round = 1; round <= 2; ++round) {
    for (int i = 0; i < 20; ++i) Send(1000, 1400);
    Collect();
    BOOST_TEST((counts == Counts(20 * round, 1)));
    ExpectAllInAnyOrder();
  }
}

/// A send that waits would go on behind the prefix, which it has read (GsoSocket).
BOOST_AUTO_TEST_CASE(WhatFindsNoRoomJoinedGoesAloneAndTheNextIsJoinedAgain) {
  path.SetBuffers(20'000);
  for (int i = 0; i < 40; ++i) Send(static_cast<std::uint16_t>(1000 + i / 10), 1400);
  Collect();
  ExpectAllInAnyOrder();
  BOOST_TEST(std::ranges::count(counts, 10U) >= 1);
  BOOST_TEST(std::ranges::count(counts, 1U) >= 10);
  const std::size_t before = counts.size();
  Send(2000, 1400);
  Send(2000, 1400);
  Collect();
  BOOST_TEST(counts.size() == before + 1);
}

BOOST_AUTO_TEST_CASE(AnotherErrorIsOneOfEachSegment) {
  path.far = UniqueFd();
  for (int i = 0; i < 3; ++i) Send(1000, 1400);
  while (sink->slots_in_flight() > 0) loop.RunOnce();
  BOOST_TEST(sink->errors().at(ECONNREFUSED) == 3U);
  BOOST_TEST(sink->stats().packets == 0U);
}

BOOST_AUTO_TEST_CASE(WhatWaitsForOthersIsSentWhenTheSinkGoes) {
  Send(1000, 1400);
  Send(1000, 1400);
  sink.reset();
  Look();
  BOOST_TEST((came == sent));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
