#include "src/app/capture_filters.h"

#include <pcap/pcap.h>

#include <boost/test/unit_test.hpp>
#include <memory>

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
  const Row table[] = {
      {"80-10.0.0.2:8080", "", "tcp and ((src host 10.0.0.2 and src port 8080))"},
      {"80-[2001:db8::2]:8080", "", "tcp and ((src host 2001:db8::2 and src port 8080))"},
      {"80-10.0.0.2:8080,81-10.0.0.2:8080", "", "tcp and ((src host 10.0.0.2 and src port 8080))"},
      {"80-10.0.0.3:8080,81-10.0.0.2:8080", "",
       "tcp and ((src host 10.0.0.2 and src port 8080) or (src host 10.0.0.3 and src port 8080))"},
  };
  for (const Row& row : table) {
    const std::string filter = ReplyFilter(Map(row.map));
    BOOST_TEST(filter == row.filter);
    CheckCompiles(filter);
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
  BOOST_TEST(ReplyFilter(Many(kExact)).ends_with(" or (src host 10.2.0.99 and src port 4098))"));
  const TargetMap more = Many(kExact + 1);
  BOOST_TEST(ClientFilter(more, "") == "tcp and (dst portrange 2000-2128)");
  BOOST_TEST(ReplyFilter(more) == "tcp and (src portrange 4000-4128)");
  const TargetMap most = Many(TargetMap::kMaxMappings);
  BOOST_TEST(ClientFilter(most, "host 10.0.0.7") ==
             "(tcp and (dst portrange 2000-3023)) and (host 10.0.0.7)");
  CheckCompiles(ClientFilter(most, "host 10.0.0.7"));
  CheckCompiles(ReplyFilter(most));
}

BOOST_AUTO_TEST_CASE(TheCheckTellsBadFilters) {
  BOOST_TEST(Complaint("tcp and (((", DLT_EN10MB) != "");
}

}  // namespace
}  // namespace tcpcopy
