#include "src/io/pcap/live_capture.h"

#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <string>
#include <vector>

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

constexpr std::size_t kBatch = 64;
constexpr int kPatienceMs = 5000;

/// Keeps what it needs of every packet.
struct Seen final : PacketHandler {
  struct Packet {
    FlowKey flow;
    std::uint8_t flags;
    std::size_t captured;
    std::size_t wire_length;
    Duration captured_at;
    std::uint64_t number;
    std::uint32_t interface;
  };
  void OnPacket(const CapturedPacket& packet) override {
    const auto view = ParsePacket(packet.link, packet.bytes, packet.wire_length);
    BOOST_REQUIRE(view.has_value());
    packets.push_back({view->flow, view->segment.flags.bits, packet.bytes.size(),
                       packet.wire_length, packet.captured_at, packet.number, packet.interface});
  }
  std::vector<Packet> packets;
};

struct Sender {
  void SendSyn(const Endpoint& from, const Endpoint& to) {
    const std::vector<std::uint8_t> packet = MakeSyn(from, to, 1);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    std::memcpy(&name.sin_addr, to.address.bytes().data(), 4);
    BOOST_REQUIRE(::sendto(socket.get(), packet.data(), packet.size(), 0,
                           reinterpret_cast<const sockaddr*>(&name),
                           sizeof name) == static_cast<ssize_t>(packet.size()));
  }
  UniqueFd socket = OpenRawSocket(IpFamily::kV4).value();
};

/// Waits and drains until `count` packets were seen, or nothing comes any more.
void DrainUntil(LiveCapture& capture, Seen& seen, std::size_t count) {
  pollfd waiting{capture.PollFd(), POLLIN, 0};
  while (seen.packets.size() < count && ::poll(&waiting, 1, kPatienceMs) > 0) {
    while (capture.Drain(seen, kBatch).value() == PacketSource::Status::kMore) {
    }
  }
}

std::string FromPort(std::uint16_t port) { return "tcp src port " + std::to_string(port); }

const IpAddress kLocalhost = IpAddress::V4(0x7f000001);

BOOST_AUTO_TEST_CASE(SeesTheKernelsReplyOnceWithBothWaysOfCapturing) {
  const Listener listener("127.0.0.1");
  for (const char* const interface : {"lo", "any"}) {
    for (const bool immediate : {true, false}) {
      LiveOptions options = LiveOptions::ForReplies(interface, FromPort(listener.endpoint.port));
      options.immediate = immediate;
      const auto capture = LiveCapture::Open(options).value();
      Sender().SendSyn({kLocalhost, 5000}, listener.endpoint);
      Seen seen;
      DrainUntil(*capture, seen, 1);
      BOOST_REQUIRE(seen.packets.size() == 1U);
      const Seen::Packet& packet = seen.packets[0];
      BOOST_TEST((packet.flow == FlowKey{listener.endpoint, {kLocalhost, 5000}}));
      BOOST_TEST(packet.flags == (TcpFlags::kSyn | TcpFlags::kAck));
      BOOST_TEST(packet.number == 1U);
      BOOST_TEST(packet.interface == if_nametoindex("lo"));
      BOOST_TEST(packet.captured == packet.wire_length);
      // Since the Unix epoch: between 2020 and 2200.
      BOOST_TEST((packet.captured_at > std::chrono::hours(24 * 365 * 50)));
      BOOST_TEST((packet.captured_at < std::chrono::hours(24 * 365 * 230)));
      // Our port is closed for the kernel: its RST goes the other way, and the filter leaves it.
      BOOST_TEST((capture->Drain(seen, kBatch).value() == PacketSource::Status::kIdle));
      BOOST_TEST(capture->Stats().received == 1U);
    }
  }
}

BOOST_AUTO_TEST_CASE(ABurstOfRepliesIsNotLost) {
  constexpr std::size_t kPackets = 2000;
  const auto capture = LiveCapture::Open(LiveOptions::ForReplies("any", FromPort(1))).value();
  Sender sender;
  for (std::size_t i = 0; i < kPackets; ++i) {
    sender.SendSyn({kLocalhost, static_cast<std::uint16_t>(10000 + i)}, {kLocalhost, 1});
  }
  Seen seen;
  DrainUntil(*capture, seen, kPackets);
  BOOST_TEST(seen.packets.size() == kPackets);
  for (std::size_t i = 0; i < seen.packets.size(); ++i) {
    BOOST_REQUIRE(seen.packets[i].flow.peer.port == 10000 + i);
    BOOST_REQUIRE(seen.packets[i].flags == (TcpFlags::kRst | TcpFlags::kAck));
  }
  const CaptureStats stats = capture->Stats();
  BOOST_TEST(stats.received == kPackets);
  BOOST_TEST(stats.dropped_by_kernel == 0U);
}

BOOST_AUTO_TEST_CASE(TheFilterCanBeChanged) {
  const auto capture = LiveCapture::Open(LiveOptions::ForReplies("any", FromPort(1))).value();
  Sender sender;
  sender.SendSyn({kLocalhost, 5000}, {kLocalhost, 1});
  Seen seen;
  DrainUntil(*capture, seen, 1);
  BOOST_TEST(capture->SetFilter(FromPort(2)).has_value());
  sender.SendSyn({kLocalhost, 5001}, {kLocalhost, 1});
  sender.SendSyn({kLocalhost, 5002}, {kLocalhost, 2});
  DrainUntil(*capture, seen, 2);
  BOOST_REQUIRE(seen.packets.size() == 2U);
  BOOST_TEST(seen.packets[0].flow.peer.port == 5000);
  BOOST_TEST(seen.packets[1].flow.peer.port == 5002);
  const auto bad = capture->SetFilter("tcp prot 80");
  BOOST_REQUIRE(!bad);
  BOOST_TEST(bad.error().message.starts_with("interface any: filter 'tcp prot 80': "));
  sender.SendSyn({kLocalhost, 5003}, {kLocalhost, 2});
  DrainUntil(*capture, seen, 3);
  BOOST_TEST(seen.packets.size() == 3U);
}

BOOST_AUTO_TEST_CASE(AFullBufferIsCounted) {
  LiveOptions options = LiveOptions::ForReplies("lo", FromPort(1));
  options.buffer_bytes = 16 << 10;
  const auto capture = LiveCapture::Open(options).value();
  Sender sender;
  for (std::uint16_t i = 2; i < 1002; ++i) sender.SendSyn({kLocalhost, i}, {kLocalhost, 1});
  const CaptureStats stats = capture->Stats();
  BOOST_TEST(stats.received == 1000U);
  BOOST_TEST(stats.dropped_by_kernel > 0U);
}

BOOST_AUTO_TEST_CASE(TheLimitIsKept) {
  const auto capture = LiveCapture::Open(LiveOptions::ForReplies("lo", FromPort(1))).value();
  Sender sender;
  for (std::uint16_t i = 2; i <= 11; ++i) sender.SendSyn({kLocalhost, i}, {kLocalhost, 1});
  Seen seen;
  BOOST_TEST((capture->Drain(seen, 0).value() == PacketSource::Status::kMore));
  BOOST_TEST((capture->Drain(seen, 4).value() == PacketSource::Status::kMore));
  BOOST_TEST(seen.packets.size() == 4U);
  BOOST_TEST((capture->Drain(seen, 100).value() == PacketSource::Status::kIdle));
  BOOST_TEST(seen.packets.size() == 10U);
}

std::string ErrorOf(const LiveOptions& options) {
  const auto capture = LiveCapture::Open(options);
  return capture ? "" : capture.error().message;
}

BOOST_AUTO_TEST_CASE(ErrorsTellWhatToDo) {
  LiveOptions unknown;
  unknown.interface = "eth77";
  BOOST_TEST(ErrorOf(unknown) == "interface eth77: there is no such interface; there are: any, lo");
  LiveOptions bad_filter;
  bad_filter.bpf_filter = "tcp prot 80";
  BOOST_TEST(ErrorOf(bad_filter).starts_with("interface any: filter 'tcp prot 80': "));
}

BOOST_AUTO_TEST_CASE(WithoutThePrivilegeTheErrorNamesIt) {
  const pid_t child = ::fork();
  if (child == 0) {
    const bool moved = ::unshare(CLONE_NEWUSER) == 0;
    const std::string error = ErrorOf(LiveOptions());
    ::_exit(moved && error.find("CAP_NET_RAW is missing") != std::string::npos ? 0 : 1);
  }
  int status = -1;
  BOOST_TEST(::waitpid(child, &status, 0) == child);
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(AnInterfaceThatDisappearsIsAnErrorAndAnyGoesOn) {
  Shell("ip link add gone0 type veth peer name gone1 && ip link set gone0 up");
  LiveOptions one;
  one.interface = "gone0";
  const auto bound = LiveCapture::Open(one).value();
  const auto any = LiveCapture::Open(LiveOptions()).value();
  Seen seen;

  Shell("ip link set gone0 down");
  pollfd waiting{bound->PollFd(), POLLIN, 0};
  BOOST_TEST(::poll(&waiting, 1, kPatienceMs) == 1);
  BOOST_TEST((bound->Drain(seen, kBatch).value() == PacketSource::Status::kIdle));
  Shell("ip link set gone0 up");
  BOOST_TEST((bound->Drain(seen, kBatch).value() == PacketSource::Status::kIdle));

  Shell("ip link delete gone0");
  // The first call may still find the interface that is just being removed.
  auto drained = bound->Drain(seen, kBatch);
  if (drained) drained = bound->Drain(seen, kBatch);
  BOOST_REQUIRE(!drained);
  BOOST_TEST(drained.error().message == "interface gone0: The interface disappeared");
  BOOST_TEST(any->Drain(seen, kBatch).has_value());
  Sender().SendSyn({kLocalhost, 5000}, {kLocalhost, 1});
  DrainUntil(*any, seen, 1);
  BOOST_TEST(!seen.packets.empty());
}

}  // namespace
}  // namespace tcpcopy
