#include "src/app/intercept/reply_filter.h"

#include <pcap/pcap.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <vector>

#include "netstack/wire/build_packet.h"

namespace tcpcopy {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Endpoints = std::vector<Endpoint>;
using Rewrites = std::vector<AddressRewrite>;

constexpr std::uint16_t kOwnPort = 36524;

Endpoint At(const char* address, std::uint16_t port) { return {*IpAddress::Parse(address), port}; }

Bytes Tcp(const Endpoint& from, const Endpoint& to) {
  TcpSegment segment;
  segment.flags.bits = TcpFlags::kAck;
  Bytes packet(HeaderLength(from.address.family(), {}));
  BuildPacket({from, to}, segment, 7, packet);
  return packet;
}

bool Passes(const std::string& filter, const Bytes& packet) {
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> handle(pcap_open_dead(DLT_RAW, 65535),
                                                              pcap_close);
  bpf_program program{};
  BOOST_TEST_REQUIRE(
      pcap_compile(handle.get(), &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0,
      filter << ": " << pcap_geterr(handle.get()));
  pcap_pkthdr header{};
  header.caplen = header.len = static_cast<bpf_u_int32>(packet.size());
  const bool passes = pcap_offline_filter(&program, &header, packet.data()) != 0;
  pcap_freecode(&program);
  return passes;
}

const Endpoint kClient = At("10.0.1.2", 40000);
const Endpoint kClient6 = At("2001:db8:1::2", 40000);
const Endpoint kTarget = At("10.0.0.2", 80);
const Endpoint kTarget6 = At("2001:db8::2", 80);

BOOST_AUTO_TEST_CASE(WhatTheTargetsSendPasses) {
  const std::string filter = CatchFilter(Endpoints{kTarget, kTarget6}, {}, "", kOwnPort);
  BOOST_TEST(Passes(filter, Tcp(kTarget, kClient)));
  BOOST_TEST(Passes(filter, Tcp(kTarget6, kClient6)));
  BOOST_TEST(!Passes(filter, Tcp(kClient, kTarget)));
  BOOST_TEST(!Passes(filter, Tcp(At("10.0.0.2", 81), kClient)));
  BOOST_TEST(!Passes(filter, Tcp(At("10.0.0.3", 80), kClient)));
  BOOST_TEST(!Passes(filter, Tcp(At("2001:db8::3", 80), kClient6)));
}

BOOST_AUTO_TEST_CASE(ATargetWithoutAnAddressIsOneOfAnyAddress) {
  const std::string filter = CatchFilter(Endpoints{At("0.0.0.0", 80)}, {}, "", kOwnPort);
  BOOST_TEST(Passes(filter, Tcp(kTarget, kClient)));
  BOOST_TEST(Passes(filter, Tcp(kTarget6, kClient6)));
  BOOST_TEST(!Passes(filter, Tcp(At("10.0.0.2", 81), kClient)));
}

BOOST_AUTO_TEST_CASE(WithoutTargetsAllTcpPassesButOurOwn) {
  const std::string filter = CatchFilter({}, {}, "", kOwnPort);
  BOOST_TEST(Passes(filter, Tcp(kTarget, kClient)));
  BOOST_TEST(!Passes(filter, Tcp(At("10.0.0.2", kOwnPort), kClient)));
}

BOOST_AUTO_TEST_CASE(AClientMayHaveOurPort) {
  const Endpoint client = At("10.0.1.2", kOwnPort);
  for (const Endpoints& targets : {Endpoints{}, Endpoints{kTarget}}) {
    BOOST_TEST(Passes(CatchFilter(targets, {}, "", kOwnPort), Tcp(kTarget, client)));
    BOOST_TEST(
        Passes(CatchFilter(targets, {}, "tcp and src port 80", kOwnPort), Tcp(kTarget, client)));
  }
}

BOOST_AUTO_TEST_CASE(TheUsersFilterIsJoined) {
  const std::string filter = CatchFilter(Endpoints{kTarget}, {}, "dst net 10.0.1.0/24", kOwnPort);
  BOOST_TEST(Passes(filter, Tcp(kTarget, kClient)));
  BOOST_TEST(!Passes(filter, Tcp(kTarget, At("10.0.2.2", 40000))));
  BOOST_TEST(!Passes(filter, Tcp(At("10.0.0.2", 81), kClient)));
  const std::string alone = CatchFilter({}, {}, "tcp and src port 80 or udp", kOwnPort);
  BOOST_TEST(Passes(alone, Tcp(kTarget, kClient)));
  BOOST_TEST(!Passes(alone, Tcp(At("10.0.0.2", 81), kClient)));
}

BOOST_AUTO_TEST_CASE(AContainersAddressIsTheTargets) {
  const Rewrites same_port = AddressRewrite::Parse("172.17.0.2-10.0.0.2").value();
  const std::string filter = CatchFilter(Endpoints{kTarget}, same_port, "", kOwnPort);
  BOOST_TEST(Passes(filter, Tcp(At("172.17.0.2", 80), kClient)));
  BOOST_TEST(!Passes(filter, Tcp(At("172.17.0.2", 81), kClient)));
  const Rewrites other_port = AddressRewrite::Parse("172.17.0.2:8000-10.0.0.2:80").value();
  const std::string mapped = CatchFilter(Endpoints{kTarget}, other_port, "", kOwnPort);
  BOOST_TEST(Passes(mapped, Tcp(At("172.17.0.2", 8000), kClient)));
  BOOST_TEST(!Passes(mapped, Tcp(At("172.17.0.2", 80), kClient)));
  const Rewrites of_another = AddressRewrite::Parse("172.17.0.2-10.0.0.3").value();
  BOOST_TEST(!Passes(CatchFilter(Endpoints{kTarget}, of_another, "", kOwnPort),
                     Tcp(At("172.17.0.2", 80), kClient)));
}

BOOST_AUTO_TEST_CASE(TargetsWithTheirContainers) {
  const Rewrites rewrites =
      AddressRewrite::Parse("172.17.0.2-10.0.0.2,172.17.0.3:8000-10.0.0.2:80").value();
  BOOST_TEST((WithContainers(Endpoints{kTarget}, rewrites) ==
              Endpoints{kTarget, At("172.17.0.2", 80), At("172.17.0.3", 8000)}));
  BOOST_TEST((WithContainers(Endpoints{At("10.0.0.2", 81)}, rewrites) ==
              Endpoints{At("10.0.0.2", 81), At("172.17.0.2", 81)}));
  BOOST_TEST((WithContainers(Endpoints{kTarget6}, rewrites) == Endpoints{kTarget6}));
}

BOOST_AUTO_TEST_CASE(LaterFragmentsPass) {
  const std::string filter = CatchFilter(Endpoints{kTarget}, {}, "", kOwnPort);
  Bytes later = Tcp(At("10.0.0.9", 1), kClient);
  StoreBe16(&later[6], 100);
  BOOST_TEST(Passes(filter, later));
  Bytes later6 = Tcp(kTarget6, kClient6);
  later6[6] = 44;
  BOOST_TEST(Passes(filter, later6));
}

BOOST_AUTO_TEST_CASE(WhatRoutersTellPasses) {
  const std::string filter = CatchFilter(Endpoints{kTarget}, {}, "", kOwnPort);
  Bytes message = Tcp(At("10.0.0.9", 1), kClient);
  message[9] = 1;
  message[20] = 3;
  message[21] = 4;
  BOOST_TEST(Passes(filter, message));
  message[21] = 3;
  BOOST_TEST(!Passes(filter, message));
  Bytes message6 = Tcp(kTarget6, kClient6);
  message6[6] = 58;
  message6[40] = 2;
  BOOST_TEST(Passes(filter, message6));
  message6[40] = 1;
  BOOST_TEST(!Passes(filter, message6));
}

BOOST_AUTO_TEST_CASE(ManyTargetsAreARangeOfPorts) {
  Endpoints targets;
  for (std::uint16_t i = 0; i < 1000; ++i) targets.push_back(At("10.0.0.2", 1000 + i));
  const std::string filter = CatchFilter(targets, {}, "", kOwnPort);
  BOOST_TEST(Passes(filter, Tcp(At("10.0.0.2", 1999), kClient)));
  BOOST_TEST(!Passes(filter, Tcp(At("10.0.0.2", 2000), kClient)));
}

}  // namespace
}  // namespace tcpcopy
