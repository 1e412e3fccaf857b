#include "src/io/uring/uring_sink.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/io/uring/raw_ip_path.h"
#include "tests/io/namespace.h"
#include "tests/io/raw_tcp.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using testing::Listener;
using testing::MakeSyn;

using testing::InNetworkNamespace;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

struct Task final : Runnable {
  explicit Task(std::function<void()> body) : run(std::move(body)) {}
  void Run() override { run(); }
  std::function<void()> run;
};

struct Fixture {
  void Make(std::size_t slots) { Make(RawSockets::Open().value(), slots); }
  void Make(RawSockets sockets, std::size_t slots) {
    sink.reset();
    path.emplace(std::move(sockets));
    sink = UringSink::Create(*driver, loop, *path, {slots, 1500}).value();
  }
  void Send(ConstBytes packet, const IpAddress& to) {
    SendSlot* const slot = sink->Acquire();
    BOOST_REQUIRE(slot != nullptr);
    std::ranges::copy(packet, slot->buffer.begin());
    sink->Send(slot, packet.size(), to);
  }
  void Drain() {
    while (sink->slots_in_flight() > 0) loop.RunOnce();
  }

  MonotonicClock clock;
  std::unique_ptr<UringDriver> driver = UringDriver::Create(clock).value();
  EventLoop loop{clock, *driver};
  std::optional<RawIpPath> path;
  std::unique_ptr<UringSink> sink;
  const IpAddress localhost = IpAddress::V4(0x7f000001);
  const std::vector<std::uint8_t> syn = MakeSyn({localhost, 4000}, {localhost, 1}, 1);
};

/// Sees every TCP segment that arrives at this host.
UniqueFd OpenTap(int family) {
  return UniqueFd(::socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP));
}

/// The TCP header of the next segment from `port`, or empty after five seconds.
std::vector<std::uint8_t> NextFrom(const UniqueFd& tap, std::uint16_t port, std::size_t ip_bytes) {
  pollfd waiting{tap.get(), POLLIN, 0};
  while (::poll(&waiting, 1, 5000) == 1) {
    std::vector<std::uint8_t> packet(2000);
    packet.resize(static_cast<std::size_t>(::recv(tap.get(), packet.data(), packet.size(), 0)));
    packet.erase(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(ip_bytes));
    if (LoadBe16(packet.data()) == port) return packet;
  }
  return {};
}

BOOST_FIXTURE_TEST_SUITE(UringSinkTest, Fixture)

BOOST_AUTO_TEST_CASE(TheKernelAnswersASyn) {
  Make(4);
  for (const char* const address : {"127.0.0.1", "::1"}) {
    const Listener listener(address);
    const bool v4 = listener.endpoint.address.IsV4();
    const UniqueFd tap = OpenTap(v4 ? AF_INET : AF_INET6);
    const Endpoint client{listener.endpoint.address, 4000};
    Send(MakeSyn(client, listener.endpoint, 0x01020304), listener.endpoint.address);
    Drain();
    const auto answer = NextFrom(tap, listener.endpoint.port, v4 ? 20 : 0);
    BOOST_REQUIRE(answer.size() >= 20U);
    BOOST_TEST(answer[13] == 0x12);  // SYN, ACK
    BOOST_TEST(LoadBe32(&answer[8]) == 0x01020305U);
  }
  BOOST_TEST(sink->stats().packets == 2U);
  BOOST_TEST(sink->stats().bytes == 40U + 60U);
  BOOST_TEST(sink->stats().errors() == 0U);
}

BOOST_AUTO_TEST_CASE(EverySlotIsOfTheSizeAskedForAndComesBack) {
  Make(3);
  std::vector<SendSlot*> slots;
  while (SendSlot* const slot = sink->Acquire()) slots.push_back(slot);
  BOOST_TEST(slots.size() == 3U);
  for (const SendSlot* const slot : slots) BOOST_TEST(slot->buffer.size() == 1500U);
  for (SendSlot* const slot : slots) sink->Release(slot);
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 3; ++i) Send(syn, localhost);
    BOOST_TEST(sink->Acquire() == nullptr);
    Drain();
  }
  BOOST_TEST(sink->stats().packets == 300U);
}

BOOST_AUTO_TEST_CASE(RefusedPacketsAreCountedByErrno) {
  Make(4);
  Send(syn, IpAddress::Parse("192.0.2.1").value());  // no route in this namespace
  std::vector<std::uint8_t> torn(syn.begin(), syn.begin() + 10);
  Send(torn, localhost);
  Drain();
  BOOST_TEST(sink->stats().packets == 0U);
  BOOST_TEST(sink->stats().errors() == 2U);
  BOOST_TEST(sink->errors().at(ENETUNREACH) == 1U);
  BOOST_TEST(sink->errors().at(EINVAL) == 1U);
}

BOOST_AUTO_TEST_CASE(AFamilyWithoutASocketIsACountedError) {
  RawSockets sockets{OpenRawSocket(IpFamily::kV4).value(), UniqueFd()};
  Make(std::move(sockets), 1);
  Send(syn, IpAddress::Parse("::1").value());
  Send(syn, localhost);  // the slot is free again
  BOOST_TEST(sink->errors().at(EAFNOSUPPORT) == 1U);
  Drain();
}

BOOST_AUTO_TEST_CASE(WaitersComeInOrderAsSlotsComeFree) {
  Make(2);
  std::string log;
  Send(syn, localhost);
  Send(syn, localhost);
  const auto send_as = [&](char name) {
    log += name;
    Send(syn, localhost);
  };
  Task a([&] { send_as('a'); }), b([&] { send_as('b'); }), c([&] { send_as('c'); });
  auto gone = std::make_unique<Task>([&] { send_as('!'); });
  sink->PostWhenFree(a);
  sink->PostWhenFree(*gone);
  sink->PostWhenFree(b);
  sink->PostWhenFree(c);
  gone.reset();
  BOOST_TEST(log.empty());
  while (log.size() < 3) loop.RunOnce();
  Drain();
  BOOST_TEST(log == "abc");
  BOOST_TEST(sink->stats().packets == 5U);
  BOOST_TEST(sink->stats().waits == 4U);
}

BOOST_AUTO_TEST_CASE(AWaiterThatLeavesItsSlotHandsItOn) {
  Make(1);
  std::string log;
  SendSlot* const slot = sink->Acquire();
  Task idle([&] { log += "idle "; }), next([&] { log += "next "; }), last([&] { log += "last"; });
  for (Task* const task : {&idle, &next, &last}) sink->PostWhenFree(*task);
  loop.RunOnce(loop.Now());
  BOOST_TEST(log.empty());
  sink->Release(slot);
  for (int turn = 0; turn < 6; ++turn) loop.RunOnce(loop.Now());
  BOOST_TEST(log == "idle next last");
}

BOOST_AUTO_TEST_CASE(WithWaitersAndNoFreeSlotTheLoopSleeps) {
  Make(1);
  SendSlot* const slot = sink->Acquire();
  Task task([] {});
  sink->PostWhenFree(task);
  const Instant until = clock.Now() + 5ms;
  int turns = 0;
  for (; clock.Now() < until; ++turns) loop.RunOnce(until);
  BOOST_TEST(turns < 5);
  sink->Release(slot);
}

BOOST_AUTO_TEST_CASE(ASlotThatIsFreeAlreadyIsGivenAtOnce) {
  Make(1);
  bool ran = false;
  Task task([&] { ran = true; });
  sink->PostWhenFree(task);
  loop.RunOnce(loop.Now());
  BOOST_TEST(ran);
  BOOST_TEST(sink->stats().waits == 0U);
}

BOOST_AUTO_TEST_CASE(DestroyingTheSinkTakesBackWhatIsInFlight) {
  Make(64);
  for (int i = 0; i < 64; ++i) Send(syn, localhost);
  sink.reset();
  driver->Wait(clock.Now());
}

/// A neighbour that does not answer: packets to it stay in the kernel and fill the smallest buffer.
struct SilentNeighbour : Fixture {
  SilentNeighbour() {
    testing::Shell(
        "ip link add one type veth peer name two && ip link set one up && ip link set two up && "
        "ip address add 10.8.0.1/24 dev one");
    RawSockets sockets = RawSockets::Open().value();
    const int bytes = 1;
    BOOST_REQUIRE(::setsockopt(sockets.v4.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) == 0);
    Make(std::move(sockets), kSlots);
    for (std::size_t i = 0; i < kSlots; ++i) Send(syn, IpAddress::V4(0x0a080002));
    loop.RunOnce();
    BOOST_TEST(sink->stats().errors() == 0U);
    BOOST_TEST(sink->stats().packets > 0U);
    BOOST_TEST(sink->slots_in_flight() > 0U);
  }
  ~SilentNeighbour() { testing::Shell("ip link delete one"); }
  static constexpr std::size_t kSlots = 60;
};

BOOST_FIXTURE_TEST_CASE(WithAFullSocketBufferPacketsWaitAndAreNotLost, SilentNeighbour) {
  testing::Shell("ip neighbour replace 10.8.0.2 lladdr 02:00:00:00:00:01 dev one");
  Drain();
  BOOST_TEST(sink->stats().packets == kSlots);
  BOOST_TEST(sink->stats().errors() == 0U);
}

BOOST_FIXTURE_TEST_CASE(WhatWaitsInTheKernelIsCancelled, SilentNeighbour) {
  const Instant start = clock.Now();
  sink.reset();
  BOOST_TEST((clock.Now() - start < 900ms));  // before it gives up
}

BOOST_AUTO_TEST_CASE(MorePacketsThanTheQueueHasRoomFor) {
  driver = UringDriver::Create(clock, 4).value();
  EventLoop small_loop(clock, *driver);
  path.emplace(RawSockets::Open().value());
  sink = UringSink::Create(*driver, small_loop, *path, {500, 1500}).value();
  for (int i = 0; i < 500; ++i) Send(syn, localhost);
  while (sink->slots_in_flight() > 0) small_loop.RunOnce();
  BOOST_TEST(sink->stats().packets == 500U);
  sink.reset();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
