#include "src/io/nftables/guard.h"

#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <cstring>

#include "netstack/wire/build_packet.h"
#include "netstack/wire/ip_fragmenter.h"
#include "src/io/pcap/live_capture.h"
#include "src/io/uring/raw_socket.h"
#include "tests/io/namespace.h"
#include "tests/io/raw_tcp.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
using testing::Listener;
using testing::MakeSyn;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

const IpAddress kLocalhost = IpAddress::V4(0x7f000001);

GuardRule OwnPorts(const char* target, std::uint16_t port, const char* destination, int prefix,
                   std::vector<PortRange> ports) {
  return {{IpAddress::Parse(target).value(), port},
          GuardRule::Kind::kOwnPorts,
          IpAddress::Parse(destination).value(),
          prefix,
          std::move(ports)};
}

GuardRule NotLocal(const char* target, std::uint16_t port, const char* destination = "0.0.0.0",
                   int prefix = 0) {
  GuardRule rule = OwnPorts(target, port, destination, prefix, {});
  rule.kind = GuardRule::Kind::kNotLocal;
  return rule;
}

GuardRule OfUdp(GuardRule rule) {
  rule.transport = Transport::kUdp;
  return rule;
}

std::vector<GuardRule> OfEveryKind() {
  return {OwnPorts("127.0.0.1", 80, "127.64.0.0", 10, {}),
          OwnPorts("10.0.0.1", 80, "10.0.0.2", 32, {{1024, 30000}, {61000, 61000}}),
          OwnPorts("2001:db8::1", 80, "2001:db8::2", 128, {{1, 65535}}),
          OwnPorts("10.0.0.1", 0, "0.0.0.0", 0, {}),
          NotLocal("10.0.0.1", 80),
          NotLocal("2001:db8::1", 0),
          NotLocal("10.0.0.1", 80, "10.3.0.0", 16),
          OfUdp(OwnPorts("10.0.0.1", 53, "10.0.0.2", 32, {{1024, 30000}})),
          OfUdp(OwnPorts("127.0.0.1", 0, "127.64.0.0", 10, {})),
          OfUdp(NotLocal("2001:db8::1", 53))};
}

BOOST_AUTO_TEST_CASE(RulesAsText) {
  const char* const expected[] = {
      "ip saddr 127.0.0.1 tcp sport 80 ip daddr 127.64.0.0/10 counter name drops drop",
      "ip saddr 10.0.0.1 tcp sport 80 ip daddr 10.0.0.2/32 tcp dport { 1024-30000, 61000 } "
      "counter name drops drop",
      "ip6 saddr 2001:db8::1 tcp sport 80 ip6 daddr 2001:db8::2/128 tcp dport { 1-65535 } "
      "counter name drops drop",
      "ip saddr 10.0.0.1 meta l4proto tcp counter name drops drop",
      "ip saddr 10.0.0.1 tcp sport 80 fib daddr type != local counter name drops drop",
      "ip6 saddr 2001:db8::1 meta l4proto tcp fib daddr type != local counter name drops drop",
      "ip saddr 10.0.0.1 tcp sport 80 ip daddr 10.3.0.0/16 fib daddr type != local "
      "counter name drops drop",
      "ip saddr 10.0.0.1 udp sport 53 ip daddr 10.0.0.2/32 udp dport { 1024-30000 } "
      "counter name drops drop",
      "ip saddr 127.0.0.1 meta l4proto udp ip daddr 127.64.0.0/10 counter name drops drop",
      "ip6 saddr 2001:db8::1 udp sport 53 fib daddr type != local counter name drops drop",
  };
  const std::vector<GuardRule> rules = OfEveryKind();
  for (std::size_t i = 0; i < rules.size(); ++i) {
    BOOST_TEST(Guard::RuleText(rules[i]) == expected[i]);
  }
}

BOOST_AUTO_TEST_CASE(TheTableIsOneTransaction) {
  BOOST_TEST(Guard::TableText("t", true, {NotLocal("10.0.0.1", 80)}) ==
             "create table inet t { flags owner; }\n"
             "add counter inet t drops\n"
             "add chain inet t guard { type filter hook prerouting priority raw; policy accept; }\n"
             "add rule inet t guard ip saddr 10.0.0.1 tcp sport 80 fib daddr type != local "
             "counter name drops drop\n");
  BOOST_TEST(Guard::TableText("t", false, {}).starts_with("create table inet t\n"));
}

BOOST_AUTO_TEST_CASE(OfDatagramsInPiecesTheFirstIsRemembered) {
  BOOST_TEST(Guard::TableText("t", false, {OfUdp(NotLocal("2001:db8::1", 53))}) ==
             "create table inet t\n"
             "add counter inet t drops\n"
             "add chain inet t guard { type filter hook prerouting priority raw; policy accept; }\n"
             "add set inet t pieces6 { typeof ip6 saddr . ip6 daddr . frag id; flags "
             "dynamic,timeout; size 65536; }\n"
             "add rule inet t guard frag frag-off != 0 ip6 saddr . ip6 daddr . frag id @pieces6 "
             "counter name drops drop\n"
             "add rule inet t guard ip6 saddr 2001:db8::1 udp sport 53 fib daddr type != local "
             "frag frag-off 0 update @pieces6 { ip6 saddr . ip6 daddr . frag id timeout 30s }\n"
             "add rule inet t guard ip6 saddr 2001:db8::1 udp sport 53 fib daddr type != local "
             "counter name drops drop\n");
}

BOOST_AUTO_TEST_CASE(ReadsTheCounter) {
  BOOST_TEST(Guard::PacketsOf("counter drops {\n\t\tpackets 42 bytes 1000\n}") == 42U);
  BOOST_TEST(Guard::PacketsOf("") == 0U);
  BOOST_TEST(Guard::PacketsOf("packets x") == 0U);
}

BOOST_AUTO_TEST_CASE(FindsTheTablesOfProcessesThatAreGone) {
  const auto alive = [](int pid) { return pid == 12; };
  const std::vector<std::string> expected = {"tcpcopy_1", "tcpcopy_123_2"};
  BOOST_TEST(Guard::LeftOverTables("table inet filter\ntable inet tcpcopy_1\n"
                                   "table inet tcpcopy_12\ntable inet tcpcopy_12_3\n"
                                   "table inet tcpcopy_x\ntable inet tcpcopy_123_2",
                                   alive) == expected,
             boost::test_tools::per_element());
}

std::string Tables() {
  std::string text;
  FILE* const pipe = ::popen("nft list tables", "re");
  char line[256];
  while (std::fgets(line, sizeof line, pipe) != nullptr) text += line;
  ::pclose(pipe);
  return text;
}

BOOST_AUTO_TEST_CASE(TheKernelTakesEveryKindOfRuleAndTheEndRemovesThem) {
  auto guard = Guard::Install(OfEveryKind());
  BOOST_REQUIRE_MESSAGE(guard.has_value(), guard.error().message);
  const std::string name = "tcpcopy_" + std::to_string(::getpid());
  BOOST_TEST((*guard)->table() == name);
  BOOST_TEST(Tables() == "table inet " + name + "\n");
  guard->reset();
  BOOST_TEST(Tables() == "");
}

BOOST_AUTO_TEST_CASE(ATakenNameIsLeftAlone) {
  const auto first = Guard::Install(OfEveryKind()).value();
  const auto second = Guard::Install(OfEveryKind()).value();
  BOOST_TEST(second->table() == first->table() + "_2");
}

/// Sends a SYN to a listening kernel socket from a port that the kernel does not know, and counts
/// the resets that follow on loopback within a moment that a further packet marks the end of.
struct Exchange {
  explicit Exchange(const Endpoint& client) {
    const auto capture = LiveCapture::Open(LiveOptions::ForReplies("lo", "tcp")).value();
    Send(MakeSyn(client, listener.endpoint, 1));
    Send(MakeSyn({kLocalhost, 7}, {kLocalhost, 9}, 1));  // the mark: port 9 is closed
    Counter counter{client};
    while (!counter.marked) static_cast<void>(capture->Drain(counter, 64).value());
    synacks = counter.synacks;
    resets = counter.resets;
  }

  struct Counter final : PacketHandler {
    explicit Counter(const Endpoint& of) : client(of) {}
    void OnPacket(const CapturedPacket& packet) override {
      constexpr std::size_t kTcp = 14 + 20;
      const std::uint16_t from = LoadBe16(&packet.bytes[kTcp]);
      const std::uint16_t to = LoadBe16(&packet.bytes[kTcp + 2]);
      const std::uint8_t flags = packet.bytes[kTcp + 13];
      if (to == client.port && flags == 0x12) ++synacks;
      if (from == client.port && (flags & 0x04) != 0) ++resets;
      if (from == 9) marked = true;
    }
    Endpoint client;
    int synacks = 0;
    int resets = 0;
    bool marked = false;
  };

  void Send(const std::vector<std::uint8_t>& packet) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    BOOST_REQUIRE(::sendto(socket.get(), packet.data(), packet.size(), 0,
                           reinterpret_cast<const sockaddr*>(&name), sizeof name) > 0);
  }

  Listener listener{"127.0.0.1"};
  UniqueFd socket = OpenRawSocket(IpFamily::kV4).value();
  int synacks = 0;
  int resets = 0;
};

BOOST_AUTO_TEST_CASE(WithoutAGuardTheKernelResetsAndWithItDoesNot) {
  const Endpoint client{IpAddress::Parse("127.64.1.2").value(), 5000};
  const Exchange open(client);
  BOOST_TEST(open.synacks == 1);
  BOOST_TEST(open.resets == 1);

  const auto guard = Guard::Install({OwnPorts("127.0.0.1", 0, "127.64.0.0", 10, {})}).value();
  BOOST_TEST(guard->dropped() == 0U);
  const Exchange guarded(client);
  BOOST_TEST(guarded.synacks == 1);  // the capture sees it
  BOOST_TEST(guarded.resets == 0);
  BOOST_TEST(guard->dropped() == 1U);

  const Exchange other({kLocalhost, 5000});  // not in the prefix
  BOOST_TEST(other.resets == 1);
}

BOOST_AUTO_TEST_CASE(OnlyThePortsOfTheRuleAreGuarded) {
  const auto guard =
      Guard::Install({OwnPorts("127.0.0.1", 0, "127.0.0.1", 32, {{5000, 5010}, {6000, 6000}})})
          .value();
  BOOST_TEST(Exchange({kLocalhost, 5000}).resets == 0);
  BOOST_TEST(Exchange({kLocalhost, 5010}).resets == 0);
  BOOST_TEST(Exchange({kLocalhost, 6000}).resets == 0);
  BOOST_TEST(Exchange({kLocalhost, 5011}).resets == 1);
}

/// Sends a datagram from port 53 of `from` to port `to.port` in pieces.
void SendInPieces(const IpAddress& from, const Endpoint& to, std::uint16_t ip_id) {
  const IpFamily family = from.family();
  const bool v4 = family == IpFamily::kV4;
  const UniqueFd socket = OpenRawSocket(family).value();
  std::vector<std::uint8_t> packet(DatagramHeaderLength(family) + 3000);
  BuildDatagram({{from, 53}, to}, ip_id, packet);
  IpFragmenter pieces(packet, 1280, ip_id);
  sockaddr_in name{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {}, .sin_zero = {}};
  name.sin_addr.s_addr = htonl(v4 ? to.address.v4() : 0);
  sockaddr_in6 name6{};
  name6.sin6_family = AF_INET6;
  name6.sin6_addr = in6addr_loopback;
  while (pieces.left() > 0) {
    std::uint8_t piece[1280];
    const std::size_t length = pieces.Next(piece);
    BOOST_REQUIRE(::sendto(socket.get(), piece, length, 0,
                           v4 ? reinterpret_cast<const sockaddr*>(&name)
                              : reinterpret_cast<const sockaddr*>(&name6),
                           v4 ? sizeof name : sizeof name6) > 0);
  }
}

BOOST_AUTO_TEST_CASE(AllPiecesOfAReplyAreDroppedAndNoOthers) {
  const IpAddress replayed = IpAddress::Parse("127.64.1.2").value();
  const IpAddress localhost6 = IpAddress::Parse("::1").value();
  const auto guard = Guard::Install({OfUdp(OwnPorts("127.0.0.1", 53, "127.64.0.0", 10, {})),
                                     OfUdp(OwnPorts("::1", 53, "::1", 128, {{5000, 5010}}))})
                         .value();
  SendInPieces(kLocalhost, {replayed, 5000}, 1);
  BOOST_TEST(guard->dropped() == 3U);
  SendInPieces(kLocalhost, {kLocalhost, 5000}, 2);
  BOOST_TEST(guard->dropped() == 3U);
  SendInPieces(localhost6, {localhost6, 5000}, 3);
  BOOST_TEST(guard->dropped() == 6U);
  SendInPieces(localhost6, {localhost6, 5011}, 4);
  BOOST_TEST(guard->dropped() == 6U);
}

BOOST_AUTO_TEST_CASE(TheTableDisappearsWithAKilledProcess) {
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto guard = Guard::Install(OfEveryKind());
    const char ok = guard ? '1' : '0';
    static_cast<void>(!::write(ends[1], &ok, 1));
    for (;;) ::pause();
  }
  char ok = '0';
  BOOST_TEST(::read(ends[0], &ok, 1) == 1);
  BOOST_TEST(ok == '1');
  BOOST_TEST(Tables() == "table inet tcpcopy_" + std::to_string(child) + "\n");
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  BOOST_TEST(Tables() == "");
}

BOOST_AUTO_TEST_CASE(WithoutThePrivilegeTheErrorNamesIt) {
  const pid_t child = ::fork();
  if (child == 0) {
    const bool moved = ::unshare(CLONE_NEWUSER) == 0;
    const auto guard = Guard::Install(OfEveryKind());
    const bool named =
        !guard && guard.error().message.starts_with(
                      "cannot install the nftables guard: CAP_NET_ADMIN is missing; ");
    if (!guard && !named) std::puts(guard.error().message.c_str());
    std::fflush(stdout);
    ::_exit(moved && named ? 0 : 1);
  }
  int status = -1;
  BOOST_TEST(::waitpid(child, &status, 0) == child);
  BOOST_TEST(status == 0);
}

}  // namespace
}  // namespace tcpcopy
