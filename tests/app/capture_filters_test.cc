#include "src/app/capture_filters.h"

#include <pcap/pcap.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <vector>

#include "netstack/base/bytes.h"

namespace tcpcopy {
namespace {

TargetMap Map(const char* text) {
  auto map = TargetMap::Parse(text);
  BOOST_TEST_REQUIRE(map.has_value(), text);
  return *map;
}

/// libpcap's complaint about a filter; empty when it is valid.
std::string Complaint(const std::string& filter, int link) {
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> handle(pcap_open_dead(link, 65535),
                                                              pcap_close);
  bpf_program program{};
  if (pcap_compile(handle.get(), &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    return pcap_geterr(handle.get());
  }
  pcap_freecode(&program);
  return "";
}

void CheckCompiles(const std::string& filter) {
  for (const int link : {DLT_EN10MB, DLT_LINUX_SLL2, DLT_RAW}) {
    BOOST_TEST(Complaint(filter, link) == "", filter << ": " << Complaint(filter, link));
  }
}

struct Row {
  const char* map;
  const char* extra;
  const char* filter;
};

BOOST_AUTO_TEST_CASE(ClientsAreSelectedByWhatTheySendTo) {
  const Row table[] = {
      {"80-10.0.0.2:8080", "", "tcp and ((dst port 80))"},
      {"192.0.2.1:80-10.0.0.2:8080", "", "tcp and ((dst port 80 and dst host 192.0.2.1))"},
      {"0.0.0.0:80-10.0.0.2:8080", "", "tcp and ((dst port 80))"},
      {"[2001:db8::1]:80-[2001:db8::2]:8080", "",
       "tcp and ((dst port 80 and dst host 2001:db8::1))"},
      {"443-10.0.0.2:1,80-10.0.0.2:2", "", "tcp and ((dst port 443) or (dst port 80))"},
      {"80-10.0.0.2:8080", "host 10.0.0.7 or host 10.0.0.8",
       "(tcp and ((dst port 80))) and (host 10.0.0.7 or host 10.0.0.8)"},
  };
  for (const Row& row : table) {
    const std::string filter = ClientFilter(Map(row.map), row.extra);
    BOOST_TEST(filter == row.filter);
    CheckCompiles(filter);
  }
}

BOOST_AUTO_TEST_CASE(RepliesAreSelectedByTheTargetEachOnce) {
  const std::string kTooBig = " or (icmp[0] == 3 and icmp[1] == 4)";
  const std::string kTooBig6 = " or (icmp6 and ip6[40] == 2)";
  const struct {
    const char* map;
    std::string filter;
  } table[] = {
      {"80-10.0.0.2:8080", "(tcp and ((src host 10.0.0.2 and src port 8080)))" + kTooBig},
      {"80-[2001:db8::2]:8080", "(tcp and ((src host 2001:db8::2 and src port 8080)))" + kTooBig6},
      {"80-10.0.0.2:8080,81-10.0.0.2:8080",
       "(tcp and ((src host 10.0.0.2 and src port 8080)))" + kTooBig},
      {"80-10.0.0.3:8080,81-10.0.0.2:8080",
       "(tcp and ((src host 10.0.0.2 and src port 8080) or "
       "(src host 10.0.0.3 and src port 8080)))" +
           kTooBig},
  };
  for (const auto& row : table) {
    const std::string filter = ReplyFilter(Map(row.map));
    BOOST_TEST(filter == row.filter);
    CheckCompiles(filter);
  }
}

using Bytes = std::vector<std::uint8_t>;

/// An IP packet: protocol and what stands behind an IP header from 10.0.0.2 or 2001:db8::2.
Bytes Packet(bool v4, std::uint8_t protocol, const Bytes& payload) {
  Bytes packet = v4 ? Bytes{0x45, 0, 0, 60, 0, 9, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 2}
                    : Bytes{0x60, 0, 0, 0, 0, 60, protocol, 64, 0x20, 1, 0x0d, 0xb8};
  packet.resize(v4 ? 20 : 40);
  if (!v4) packet[23] = 2;
  packet.insert(packet.end(), payload.begin(), payload.end());
  packet.resize(packet.size() + 60);
  return packet;
}

bool Matches(const std::string& filter, int link, const Bytes& packet) {
  const bool v4 = packet[0] >> 4 == 4;
  Bytes frame(link == DLT_EN10MB ? 14 : link == DLT_LINUX_SLL2 ? 20 : 0);
  if (!frame.empty()) {
    StoreBe16(&frame[link == DLT_EN10MB ? 12 : 0], v4 ? 0x0800 : 0x86dd);
  }
  frame.insert(frame.end(), packet.begin(), packet.end());
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> handle(pcap_open_dead(link, 65535),
                                                              pcap_close);
  bpf_program program{};
  BOOST_TEST_REQUIRE(
      pcap_compile(handle.get(), &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0);
  pcap_pkthdr header{};
  header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
  const bool matches = pcap_offline_filter(&program, &header, frame.data()) != 0;
  pcap_freecode(&program);
  return matches;
}

BOOST_AUTO_TEST_CASE(OfOtherPacketsThanRepliesOnlyThoseThatTellASizeAreSelected) {
  constexpr std::uint8_t kTcp = 6, kIcmp = 1, kIcmpv6 = 58, kUdp = 17;
  const Bytes ports{0x1f, 0x90, 0x10, 0x00};  // 8080 to 4096
  const struct {
    bool v4;
    std::uint8_t protocol;
    Bytes payload;
    bool selected;
  } table[] = {
      {true, kTcp, ports, true},         {true, kTcp, {0x00, 0x50, 0x10, 0x00}, false},
      {true, kUdp, ports, false},        {true, kIcmp, {3, 4}, true},
      {true, kIcmp, {3, 3}, false},      {true, kIcmp, {8, 4}, false},
      {true, kUdp, {3, 4}, false},       {false, kTcp, ports, true},
      {false, kIcmpv6, {2, 0}, true},    {false, kIcmpv6, {1, 4}, false},
      {false, kIcmpv6, {135, 0}, false}, {false, kUdp, {2, 0}, false},
  };
  const std::string both = ReplyFilter(Map("80-10.0.0.2:8080,81-[2001:db8::2]:8080"));
  const std::string v4_only = ReplyFilter(Map("80-10.0.0.2:8080"));
  for (const int link : {DLT_EN10MB, DLT_LINUX_SLL2, DLT_RAW}) {
    for (const auto& row : table) {
      const Bytes packet = Packet(row.v4, row.protocol, row.payload);
      BOOST_TEST(Matches(both, link, packet) == row.selected,
                 "v4 " << row.v4 << ", protocol " << int{row.protocol} << ", link " << link);
      BOOST_TEST(Matches(v4_only, link, packet) == (row.selected && row.v4));
    }
  }
}

/// `count` mappings, each of a source and a target, and of ports, of its own.
TargetMap Many(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string host = std::to_string(i / 200) + "." + std::to_string(i % 200 + 1);
    text += (i == 0 ? "" : ",") + ("10.1." + host) + ":" + std::to_string(2000 + i) + "-10.2." +
            host + ":" + std::to_string(4000 + i);
  }
  return Map(text.c_str());
}

BOOST_AUTO_TEST_CASE(ManyMappingsAreSelectedByTheirRangeOfPorts) {
  constexpr std::size_t kExact = 128;
  CheckCompiles(ClientFilter(Many(kExact), ""));
  BOOST_TEST(
      ReplyFilter(Many(kExact))
          .ends_with(
              " or (src host 10.2.0.99 and src port 4098))) or (icmp[0] == 3 and icmp[1] == 4)"));
  const TargetMap more = Many(kExact + 1);
  BOOST_TEST(ClientFilter(more, "") == "tcp and (dst portrange 2000-2128)");
  BOOST_TEST(ReplyFilter(more) ==
             "(tcp and (src portrange 4000-4128)) or (icmp[0] == 3 and icmp[1] == 4)");
  const TargetMap most = Many(TargetMap::kMaxMappings);
  BOOST_TEST(ClientFilter(most, "host 10.0.0.7") ==
             "(tcp and (dst portrange 2000-3023)) and (host 10.0.0.7)");
  CheckCompiles(ClientFilter(most, "host 10.0.0.7"));
  CheckCompiles(ReplyFilter(most));
}

// ---------------------------------------------------------------------------------------------------
// UDP.

constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kFragmentHeader = 44;

/// A piece of a datagram from port 8080 to 4096, the first one or a later one.
Bytes Piece(bool v4, bool first) {
  const Bytes ports{0x1f, 0x90, 0x10, 0x00};
  if (v4) {
    Bytes packet = Packet(true, kUdp, first ? ports : Bytes{});
    StoreBe16(&packet[6], first ? 0x2000 : 0x2010);
    return packet;
  }
  Bytes payload{kUdp, 0, 0, 1, 0, 0, 0, 9};
  if (!first) payload[2] = 5;
  payload.insert(payload.end(), ports.begin(), ports.end());
  return Packet(false, kFragmentHeader, payload);
}

BOOST_AUTO_TEST_CASE(ClientsDatagramsAreSelectedWithAllOfTheirPieces) {
  const Bytes ports{0x10, 0x00, 0x1f, 0x90};  // 4096 to 8080
  for (const std::string& filter :
       {ClientFilter(Map("8080-10.0.0.2:1"), "", Transport::kUdp),
        ClientFilter(Map("8080-10.0.0.2:1"), "src host 10.0.0.2 or ip6", Transport::kUdp)}) {
    CheckCompiles(filter);
    for (const int link : {DLT_EN10MB, DLT_LINUX_SLL2, DLT_RAW}) {
      for (const bool v4 : {true, false}) {
        BOOST_TEST(Matches(filter, link, Packet(v4, kUdp, ports)));
        BOOST_TEST(!Matches(filter, link, Packet(v4, kUdp, {0x1f, 0x90, 0x10, 0x00})));
        BOOST_TEST(!Matches(filter, link, Packet(v4, 6, ports)));
        BOOST_TEST(Matches(filter, link, Piece(v4, false)));
      }
      BOOST_TEST(!Matches(filter, link, Piece(true, true)));  // it tells another port
      BOOST_TEST(Matches(filter, link, Piece(false, true)));
    }
  }
}

BOOST_AUTO_TEST_CASE(PiecesToOtherHostsThanTheSourcesAreLeftOut) {
  const std::string filter = ClientFilter(
      Map("10.0.0.9:53-10.0.0.2:53,[2001:db8::9]:53-10.0.0.2:53"), "", Transport::kUdp);
  CheckCompiles(filter);
  Bytes v4 = Piece(true, false);
  BOOST_TEST(!Matches(filter, DLT_RAW, v4));
  const Bytes source{10, 0, 0, 9};
  std::ranges::copy(source, v4.begin() + 16);
  BOOST_TEST(Matches(filter, DLT_RAW, v4));
  BOOST_TEST(!Matches(filter, DLT_RAW, Piece(false, false)));
}

BOOST_AUTO_TEST_CASE(FirstPiecesAreLeftOutWithTheFilterOfTheUser) {
  const std::string filter = ClientFilter(Map("53-10.0.0.2:53"), "host 10.9.9.9", Transport::kUdp);
  BOOST_TEST(!Matches(filter, DLT_RAW, Piece(false, true)));
  BOOST_TEST(Matches(filter, DLT_RAW, Piece(false, false)));
}

BOOST_AUTO_TEST_CASE(RepliesAndWhatDidNotArrive) {
  const Bytes ports{0x1f, 0x90, 0x10, 0x00};  // 8080 to 4096
  const std::string filter =
      ReplyFilter(Map("80-10.0.0.2:8080,81-[2001:db8::2]:8080"), Transport::kUdp);
  CheckCompiles(filter);
  for (const int link : {DLT_EN10MB, DLT_LINUX_SLL2, DLT_RAW}) {
    for (const bool v4 : {true, false}) {
      BOOST_TEST(Matches(filter, link, Packet(v4, kUdp, ports)));
      BOOST_TEST(!Matches(filter, link, Packet(v4, 6, ports)));
      BOOST_TEST(Matches(filter, link, Piece(v4, true)));
      BOOST_TEST(!Matches(filter, link, Piece(v4, false)));
    }
    BOOST_TEST(Matches(filter, link, Packet(true, 1, {3, 3})));
    BOOST_TEST(!Matches(filter, link, Packet(true, 1, {8, 0})));
    BOOST_TEST(Matches(filter, link, Packet(false, 58, {1, 4})));
    BOOST_TEST(Matches(filter, link, Packet(false, 58, {2, 0})));
    BOOST_TEST(!Matches(filter, link, Packet(false, 58, {135, 0})));
  }
}

BOOST_AUTO_TEST_CASE(ManyMappingsOfDatagramsCompileToo) {
  for (const std::size_t count : {std::size_t{100}, TargetMap::kMaxMappings}) {
    CheckCompiles(ClientFilter(Many(count), "host 10.0.0.7", Transport::kUdp));
    CheckCompiles(ReplyFilter(Many(count), Transport::kUdp));
  }
}

BOOST_AUTO_TEST_CASE(TheCheckTellsBadFilters) {
  BOOST_TEST(Complaint("tcp and (((", DLT_EN10MB) != "");
}

/// Whether the filter of each of `count` classes lets `packet` pass.
std::vector<bool> Passes(Transport transport, bool client_side, const Bytes& packet, int link,
                         std::uint32_t count) {
  std::vector<bool> passes;
  const TargetMap map = Map("80-10.0.0.9:8080");
  const TargetMap replies = Map("80-10.0.0.2:80,81-[2001:db8::2]:80");
  for (std::uint32_t number = 0; number < count; ++number) {
    const PortClass ports(number, count);
    passes.push_back(Matches(client_side ? ClientFilter(map, "len > 0", transport, ports)
                                         : ReplyFilter(replies, transport, ports),
                             link, packet));
  }
  return passes;
}

BOOST_AUTO_TEST_CASE(EachPortPassesTheFilterOfItsClassAndNoOther) {
  for (const bool client_side : {true, false}) {
    for (const Transport transport : {Transport::kTcp, Transport::kUdp}) {
      for (const int link : {DLT_EN10MB, DLT_LINUX_SLL2, DLT_RAW}) {
        for (const bool v4 : {true, false}) {
          for (std::uint32_t port = 1000; port < 65536; port += 2713) {
            const auto of_class = static_cast<std::uint16_t>(port);
            Bytes ports{0, 80, 0, 80};
            StoreBe16(&ports[client_side ? 0 : 2], of_class);
            const Bytes packet = Packet(v4, transport == Transport::kTcp ? 6 : 17, ports);
            const auto passes = Passes(transport, client_side, packet, link, 3);
            std::vector<bool> expected(3);
            expected[PortClass::Of(of_class, 3)] = true;
            BOOST_TEST(passes == expected, boost::test_tools::per_element());
          }
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(AnIpHeaderMayHaveOptions) {
  Bytes packet = Packet(true, 6, {});
  packet[0] = 0x46;
  packet[24] = 0x12;
  packet[25] = 0x34;
  packet[27] = 80;
  const auto passes = Passes(Transport::kTcp, true, packet, DLT_EN10MB, 8);
  BOOST_TEST(std::ranges::count(passes, true) == 1);
  BOOST_TEST(passes[PortClass::Of(0x1234, 8)]);
}

BOOST_AUTO_TEST_CASE(PiecesOfDatagramsPassTheFiltersOfAllClasses) {
  for (const bool client_side : {true, false}) {
    Bytes first = Packet(true, 17, {0, 80, 0, 80});
    first[6] = 0x20;
    Bytes first_v6 = Packet(false, 44, {17, 0, 0, 1, 0, 0, 0, 7, 0, 80, 0, 80});
    for (const Bytes& piece : {first, first_v6}) {
      const auto passes = Passes(Transport::kUdp, client_side, piece, DLT_EN10MB, 3);
      BOOST_TEST(passes == std::vector<bool>(3, true), boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(FiltersOfClassesCompileHoweverManyTheyAre) {
  for (const std::uint32_t count : {2U, 64U}) {
    for (const Transport transport : {Transport::kTcp, Transport::kUdp}) {
      const PortClass last(count - 1, count);
      const TargetMap map = Map("80-10.0.0.2:8080,192.0.2.1:81-[2001:db8::2]:8080");
      CheckCompiles(ClientFilter(map, "src net 10.0.0.0/8", transport, last));
      CheckCompiles(ReplyFilter(map, transport, last));
    }
  }
}

}  // namespace
}  // namespace tcpcopy
