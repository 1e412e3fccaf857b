#include "src/io/nfqueue/queue_source.h"

#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <string>

#include "netstack/wire/packet_view.h"
#include "src/io/uring/raw_socket.h"
#include "tests/io/namespace.h"
#include "tests/io/raw_tcp.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
using testing::Listener;
using testing::MakeSyn;
using testing::Shell;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

constexpr std::uint16_t kQueue = 7;
constexpr int kPatienceMs = 5000;
const IpAddress kLocalhost = IpAddress::V4(0x7f000001);

/// What the listener answers goes to our queue; nobody else's does.
struct Rule {
  explicit Rule(const Listener& listener) {
    const std::string match = " OUTPUT -p tcp --sport " + std::to_string(listener.endpoint.port) +
                              " -j NFQUEUE --queue-num 7 --queue-bypass";
    add = "iptables -t mangle -A" + match;
    remove = "iptables -t mangle -D" + match;
    Shell(add.c_str());
  }
  ~Rule() { Shell(remove.c_str()); }
  std::string add;
  std::string remove;
};

struct Seen final : PacketHandler {
  void OnPacket(const CapturedPacket& packet) override {
    const auto view = ParsePacket(packet.link, packet.bytes, packet.wire_length);
    flows.push_back(view ? view->flow : FlowKey());
    lengths.push_back({packet.bytes.size(), packet.wire_length});
    BOOST_TEST(packet.number == flows.size());
  }
  std::vector<FlowKey> flows;
  std::vector<std::pair<std::size_t, std::size_t>> lengths;
};

void SendSyn(const Endpoint& from, const Endpoint& to) {
  const UniqueFd socket = OpenRawSocket(IpFamily::kV4).value();
  const std::vector<std::uint8_t> packet = MakeSyn(from, to, 1);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  std::memcpy(&name.sin_addr, to.address.bytes().data(), 4);
  BOOST_REQUIRE(::sendto(socket.get(), packet.data(), packet.size(), 0,
                         reinterpret_cast<const sockaddr*>(&name),
                         sizeof name) == static_cast<ssize_t>(packet.size()));
}

void DrainUntil(QueueSource& source, Seen& seen, std::size_t count) {
  pollfd waiting{source.PollFd(), POLLIN, 0};
  while (seen.flows.size() < count && ::poll(&waiting, 1, kPatienceMs) > 0) {
    while (source.Drain(seen, 64).value() == PacketSource::Status::kMore) {
    }
  }
}

/// Packets that an iptables rule for `match` has counted.
int Counted(const std::string& match) {
  const std::string command =
      "iptables -t mangle -L INPUT -v -x -n | awk '/" + match + "/ {print $1}' >counted";
  Shell(command.c_str());
  std::FILE* const file = std::fopen("counted", "r");
  int count = -1;
  BOOST_TEST(std::fscanf(file, "%d", &count) == 1);
  std::fclose(file);
  return count;
}

BOOST_AUTO_TEST_CASE(WhatIsQueuedIsHandedOutAndGoesNoFurther) {
  const MonotonicClock clock;
  const Listener listener("127.0.0.1");
  const Rule rule(listener);
  Shell("iptables -t mangle -A INPUT -d 127.0.0.0/8 -p tcp --dport 5000 -j ACCEPT");
  const auto source = QueueSource::Open(clock, {.number = kQueue, .pass = {}}).value();
  for (std::uint16_t port = 5000; port < 5010; ++port) {
    SendSyn({kLocalhost, port}, listener.endpoint);
  }
  Seen seen;
  DrainUntil(*source, seen, 10);
  BOOST_REQUIRE(seen.flows.size() == 10U);
  for (std::uint16_t i = 0; i < 10; ++i) {
    BOOST_TEST((seen.flows[i] ==
                FlowKey{listener.endpoint, {kLocalhost, static_cast<std::uint16_t>(5000 + i)}}));
  }
  BOOST_TEST(Counted("5000") == 0);
  const CaptureStats stats = source->Stats();
  BOOST_TEST(stats.received == 10U);
  BOOST_TEST(stats.dropped_by_kernel == 0U);
  BOOST_TEST(source->passed() == 0U);
}

BOOST_AUTO_TEST_CASE(PacketsToThoseWhoMayGetThemPass) {
  const MonotonicClock clock;
  const Listener listener("127.0.0.1");
  const Rule rule(listener);
  Shell("iptables -t mangle -A INPUT -p tcp -d 127.0.0.9 --dport 6000 -j ACCEPT");
  const auto source =
      QueueSource::Open(clock, {.number = kQueue, .pass = {*Network::Parse("127.0.0.9")}}).value();
  SendSyn({kLocalhost, 6001}, listener.endpoint);
  SendSyn({IpAddress::V4(0x7f000009), 6000}, listener.endpoint);
  SendSyn({kLocalhost, 6002}, listener.endpoint);
  Seen seen;
  DrainUntil(*source, seen, 2);
  BOOST_TEST(seen.flows.size() == 2U);
  BOOST_TEST(source->passed() == 1U);
  BOOST_TEST(Counted("6000") == 1);
}

BOOST_AUTO_TEST_CASE(LongPacketsAreCutToTheSnapshot) {
  const MonotonicClock clock;
  const Listener listener("127.0.0.1");
  const Rule rule(listener);
  const auto source =
      QueueSource::Open(clock, {.number = kQueue, .snapshot_bytes = 42, .pass = {}}).value();
  SendSyn({kLocalhost, 5000}, listener.endpoint);
  Seen seen;
  DrainUntil(*source, seen, 1);
  source->SetSnapshot(256);
  SendSyn({kLocalhost, 5001}, listener.endpoint);
  DrainUntil(*source, seen, 2);
  BOOST_REQUIRE(seen.lengths.size() == 2U);
  BOOST_TEST(seen.lengths[0].first == 42U);
  BOOST_TEST(seen.lengths[0].second == 44U);  // a SYN-ACK with an MSS
  BOOST_TEST(seen.lengths[1].first == 44U);
}

BOOST_AUTO_TEST_CASE(WhatDoesNotFitTheQueueIsDroppedAndCounted) {
  const MonotonicClock clock;
  const Listener listener("127.0.0.1");
  const Rule rule(listener);
  const auto source = QueueSource::Open(clock, {.number = kQueue, .length = 3, .pass = {}}).value();
  for (std::uint16_t port = 5000; port < 5010; ++port) {
    SendSyn({kLocalhost, port}, listener.endpoint);
  }
  Seen seen;
  DrainUntil(*source, seen, 3);
  BOOST_TEST(seen.flows.size() == 3U);
  BOOST_TEST(source->Stats().received == 10U);
  BOOST_TEST(source->Stats().dropped_by_kernel == 7U);
}

BOOST_AUTO_TEST_CASE(AQueueHasOneOwner) {
  const MonotonicClock clock;
  const auto first = QueueSource::Open(clock, {.number = kQueue, .pass = {}}).value();
  const auto second = QueueSource::Open(clock, {.number = kQueue, .pass = {}});
  BOOST_REQUIRE(!second);
  BOOST_TEST(second.error().message ==
             "cannot use queue 7 for replies: another program has it; choose another one with "
             "--queue-num");
  BOOST_TEST(second.error().busy);
  BOOST_TEST(QueueSource::Open(clock, {.number = kQueue + 1, .pass = {}}).has_value());
}

BOOST_AUTO_TEST_CASE(TheKernelsListingIsRead) {
  const char* const listing =
      "    7   1234     0 2   256     3     2       10  1\n"
      "36524  -1234     5 2 65531     0     0        9  1\n";
  const CaptureStats stats = QueueSource::StatsOf(listing, 7);
  BOOST_TEST(stats.received == 13U);
  BOOST_TEST(stats.dropped_by_kernel == 5U);
  BOOST_TEST(QueueSource::StatsOf(listing, 36524).received == 9U);
  BOOST_TEST(QueueSource::StatsOf(listing, 8).received == 0U);
  BOOST_TEST(QueueSource::StatsOf("garbage\n\n7", 7).received == 0U);
}

BOOST_AUTO_TEST_CASE(WithoutThePrivilegeTheErrorNamesIt) {
  const pid_t child = ::fork();
  if (child == 0) {
    const MonotonicClock clock;
    const bool moved = ::unshare(CLONE_NEWUSER) == 0;
    const auto source = QueueSource::Open(clock, {.number = kQueue, .pass = {}});
    const bool named = !source && source.error().message.starts_with(
                                      "cannot use queue 7 for replies: CAP_NET_ADMIN is missing");
    ::_exit(moved && named ? 0 : 1);
  }
  int status = -1;
  BOOST_TEST(::waitpid(child, &status, 0) == child);
  BOOST_TEST(status == 0);
}

}  // namespace
}  // namespace tcpcopy
