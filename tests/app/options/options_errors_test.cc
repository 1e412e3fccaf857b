#include <boost/test/unit_test.hpp>

#include "tests/app/options/parsed_options.h"
#include "tests/temporary_directory.h"

namespace tcpcopy {
namespace {

using testing::Arguments;
using testing::BadLine;
using testing::WithMap;

BOOST_AUTO_TEST_CASE(EveryWholeNumberHasTheSameBadForms) {
  struct Row {
    const char* option;
    const char* name;
    const char* too_small;  // "" when any from 0 on are good
    const char* too_large;
    const char* accepted;
  };
  const Row table[] = {
      {"-B", "-B", "0", "2048", "1..2047 MB, such as 16"},
      {"--buffer", "-B", "0", "2048", "1..2047 MB, such as 16"},
      {"-S", "-S", "63", "262145", "64..262144 bytes, such as 1600"},
      {"-M", "-M", "575", "65536", "576..65535 bytes, such as 1500"},
      {"-D", "-D", "63", "65496", "64..65495 bytes, such as 1460"},
      {"-R", "-R", "0", "60001", "1..60000 ms, such as 200"},
      {"-I", "-I", "", "86400001", "0..86400000 ms, such as 1000"},
      {"-T", "-T", "", "1000000001", "0..1000000000 times, such as 3"},
      {"-t", "-t", "0", "86401", "1..86400 s, such as 60"},
      {"-k", "-k", "0", "604801", "1..604800 s, such as 600"},
      {"-r", "-r", "0", "101", "1..100 per cent, such as 20"},
      {"-m", "-m", "15", "1048577", "16..1048576 MB, such as 1024"},
      {"-U", "-U", "", "4294967296", "0..4294967295 KB, such as 0"},
      {"-p", "-p", "0", "65536", "1..65535 (a port), such as 36524"},
      {"-C", "-C", "0", "12", "1..11 connections, such as 2"},
  };
  for (const Row& row : table) {
    const auto check = [&](const std::string& value, const char* reason) {
      const std::string line = BadLine(WithMap({"-i", "-", row.option, value}));
      BOOST_TEST(line == std::string("tcpcopy: ") + row.name + ": '" + value + "' " + reason +
                             "; accepted: " + row.accepted);
    };
    if (*row.too_small != '\0') {
      check(row.too_small, "is out of range");
      check("0", "is out of range");
    }
    check(row.too_large, "is out of range");
    check("-1", "is out of range");
    check("18446744073709551617", "is out of range");
    check("", "is empty");
    for (const char* word : {"x", "1e9", "nan", "inf", "5.5", "0x10", "5 ", "-", "--", "-W"}) {
      check(word, "is no whole number");
    }
    BOOST_TEST(BadLine(WithMap({"-i", "-", row.option})) ==
               std::string("tcpcopy: ") + row.name + ": has no value; accepted: " + row.accepted);
    const std::string most =
        std::to_string(std::stoll(row.too_large) - 1);  // good, but not when it is there twice
    BOOST_TEST(BadLine(WithMap({"-i", "-", row.option, most, row.option, most})) ==
               std::string("tcpcopy: ") + row.name + ": is given 2 times; accepted: once, " +
                   row.accepted);
  }
}

BOOST_AUTO_TEST_CASE(OtherBadValuesAreNamedWithTheirReason) {
  const testing::TemporaryDirectory directory;
  struct Row {
    Arguments arguments;
    std::string begin;
  };
  const Row table[] = {
      {{"-a", "0"}, "-a: '0' is out of range; accepted: a number above 0 and up to 1000000"},
      {{"-a", "-1"}, "-a: '-1' is out of range; "},
      {{"-a", "1000001"}, "-a: '1000001' is out of range; "},
      {{"-a", "1e400"}, "-a: '1e400' is out of range; "},
      {{"-a", "nan"}, "-a: 'nan' is no number; "},
      {{"-a", "inf"}, "-a: 'inf' is no number; "},
      {{"-a", "fast"}, "-a: 'fast' is no number; "},
      {{"-a", "Max"}, "-a: 'Max' is no number; "},
      {{"-a", "2x"}, "-a: '2x' is no number; "},
      {{"-a", ""}, "-a: '' is empty; "},
      {{"-a"}, "-a: has no value; "},
      {{"-a", "1", "-a", "2"}, "-a: is given 2 times; "},
      {{"--drain", "-0.1"}, "--drain: '-0.1' is out of range; accepted: 0..3600 s"},
      {{"--drain", "3600.1"}, "--drain: '3600.1' is out of range; "},
      {{"--drain", "inf"}, "--drain: 'inf' is no number; "},
      {{"--drain", "nan"}, "--drain: 'nan' is no number; "},
      {{"--drain", "1e400"}, "--drain: '1e400' is out of range; "},
      {{"--drain", "soon"}, "--drain: 'soon' is no number; "},
      {{"--drain", ""}, "--drain: '' is empty; "},
      {{"--drain"}, "--drain: has no value; "},
      {{"-c", "foo"}, "-c: 'foo' is neither a word nor an address; accepted: self, keep, or"},
      {{"-c", "Self"}, "-c: 'Self' is neither a word nor an address; "},
      {{"-c", ""}, "-c: '' is empty; "},
      {{"-c"}, "-c: has no value; "},
      {{"-c", "self", "-c", "keep"}, "-c: is given 2 times; "},
      {{"-F", ""}, "-F: '' is empty; accepted: an expression of pcap-filter(7)"},
      {{"-F"}, "-F: has no value; "},
      {{"--filter"}, "-F: has no value; "},
      {{"-F", "tcp", "--filter", "tcp"}, "-F: is given 2 times; "},
      {{"--summary-json", ""}, "--summary-json: '' is empty; accepted: a file that can"},
      {{"--summary-json"}, "--summary-json: has no value; "},
      {{"--summary-json", directory.path()},
       "--summary-json: '" + directory.path() + "' is a directory; "},
      {{"--summary-json", directory.path() + "/none/a"},
       "--summary-json: '" + directory.path() + "/none/a' cannot be written; "},
      {{"-x", "81-10.0.0.2"}, "-x: is given 2 times; "},
      {{"-i"}, "-i: has no value; "},
      {{"--pcap-file"}, "--pcap-file: has no value; "},
      {{"--interface"}, "--interface: has no value; "},
  };
  for (const Row& row : table) {
    Arguments arguments = row.arguments;
    if (arguments[0] == "-a" && arguments.size() > 1)
      arguments.insert(arguments.begin(), {"-i", "-"});
    const std::string line = BadLine(WithMap(arguments));
    BOOST_TEST(line.starts_with("tcpcopy: " + row.begin), line);
  }
}

BOOST_AUTO_TEST_CASE(WhatNeedsTheUserStaysInTheForeground) {
  for (const auto& [arguments, begin] :
       {std::pair<Arguments, std::string>{{"-d", "--doctor"}, "contradicts --doctor, which "},
        {{"--dry-run", "-d"}, "contradicts --dry-run, which "},
        {{"-d", "-i", "-"}, "contradicts -i -: the background has no standard input; "},
        {{"--pcap-file", "-", "--daemon"}, "contradicts -i -: "},
        {{"-d", "-i", "/dev/null,-"}, "contradicts -i -: "}}) {
    const std::string line = BadLine(WithMap(arguments));
    BOOST_TEST(line.starts_with("tcpcopy: -d: " + begin), line);
  }
}

BOOST_AUTO_TEST_CASE(ABadOrMissingMapIsNamedWithItsForm) {
  for (const Arguments& arguments : {Arguments{},
                                     {"-W"},
                                     {"-x"},
                                     {"--transfer"},
                                     {"-x", ""},
                                     {"-x", "80"},
                                     {"-x", "nonsense"},
                                     {"-x", "-W"},
                                     {"-x", "80-target:80"},
                                     {"-x", "80-10.0.0.2:99999"},
                                     {"-x", "0-10.0.0.2"},
                                     {"-x", "80-[2001:db8::1:80"},
                                     {"-x", "80-10.0.0.2,"},
                                     {"-x", "\n"}}) {
    const std::string line = BadLine(arguments);
    BOOST_TEST(line.starts_with("tcpcopy: -x: "), line);
    BOOST_TEST(line.ends_with("; accepted: " + std::string(TargetMap::kForm) +
                              ", such as 80-10.0.0.2:8080"),
               line);
  }
}

BOOST_AUTO_TEST_CASE(WhatIsNoOptionIsNamed) {
  struct Row {
    Arguments arguments;
    std::string begin;
  };
  const Row table[] = {
      {{"-y", "3"}, "tcpcopy: -y: is unknown; "},
      {{"-y3"}, "tcpcopy: -y3: is unknown; "},
      {{"--nonsense"}, "tcpcopy: --nonsense: is unknown; "},
      {{"--nonsense=5"}, "tcpcopy: --nonsense=5: is unknown; "},
      {{"--buff", "5"}, "tcpcopy: --buff: is unknown; "},
      {{"-W5"}, "tcpcopy: -5: is unknown; "},
      {{"leftover"}, "tcpcopy: leftover: belongs to no option; "},
      {{"-W", "true"}, "tcpcopy: true: belongs to no option; "},
      {{"-B", "5", "6"}, "tcpcopy: 6: belongs to no option; "},
      {{""}, "tcpcopy: '': belongs to no option; "},
      {{"--", "-W"}, "tcpcopy: -W: is unknown; "},
      {{"--no-wait=false"}, "tcpcopy: --no-wait: takes no value; "},
      {{"--midstream", "join"}, "tcpcopy: --midstream: 'join' is unknown; accepted: skip or adopt"},
      {{"--midstream=adopt", "-O"},
       "tcpcopy: -O: contradicts --midstream adopt; accepted: one of -O and --midstream adopt"},
      {{"--udp", "-s", "10.0.0.3"},
       "tcpcopy: --udp: contradicts -s: an intercept brings replies of TCP only; accepted: --udp "
       "without -s"},
      {{"--add-summaries", "a.json"},
       "tcpcopy: --add-summaries: contradicts -x: nothing is copied; accepted: one of them"},
      {{"--udp", "--doctor"},
       "tcpcopy: --udp: contradicts --doctor, which looks after TCP only; accepted: one of --udp "
       "and --doctor"},
      {{"--udp=yes"}, "tcpcopy: --udp: takes no value; "},
      {{"--full-sessions=x"}, "tcpcopy: --full-sessions: takes no value; "},
      {{"two\nlines\x7f"}, "tcpcopy: two?lines?: belongs to no option; "},
  };
  for (const Row& row : table) {
    const std::string line = BadLine(WithMap(row.arguments));
    BOOST_TEST(line.starts_with(row.begin), line);
  }
}

BOOST_AUTO_TEST_CASE(BadInputsAreNamed) {
  const testing::TemporaryDirectory directory;
  const std::string missing = directory.path() + "/none";
  struct Row {
    Arguments arguments;
    std::string begin;
  };
  const Row table[] = {
      {{"-i", missing}, "tcpcopy: -i: there is no file '" + missing + "'; "},
      {{"-i", "none.pcap"}, "tcpcopy: -i: there is no file 'none.pcap'; "},
      {{"-i", "none.pcapng"}, "tcpcopy: -i: there is no file 'none.pcapng'; "},
      {{"-i", directory.path()}, "tcpcopy: -i: '" + directory.path() + "' is a directory; "},
      {{"-i", ""}, "tcpcopy: -i: '' is empty; "},
      {{"-i", ","}, "tcpcopy: -i: ',' has an empty name; "},
      {{"-i", "eth0,"}, "tcpcopy: -i: 'eth0,' has an empty name; "},
      {{"-i", ",eth0"}, "tcpcopy: -i: ',eth0' has an empty name; "},
      {{"-i", "eth0,lo,eth0"}, "tcpcopy: -i: 'eth0' is named twice; "},
      {{"-i", "any,eth0"}, "tcpcopy: -i: 'any' includes the others; "},
      {{"-i", "eth0,-"}, "tcpcopy: -i: '-' is a capture file and 'eth0' is none; "},
      {{"-i", "-,-"}, "tcpcopy: -i: '-' is named twice; "},
      {{"--pcap-file", "-,eth0"}, "tcpcopy: --pcap-file: there is no file 'eth0'; "},
      {{"--pcap-file", "eth0"}, "tcpcopy: --pcap-file: there is no file 'eth0'; "},
      {{"--pcap-file", ""}, "tcpcopy: --pcap-file: '' is empty; "},
      {{"--interface", ""}, "tcpcopy: --interface: '' is empty; "},
      {{"--interface", "a,,b"}, "tcpcopy: --interface: 'a,,b' has an empty name; "},
      {{"-i", "eth0", "--interface", "eth0"}, "tcpcopy: -i: more than one input is given; "},
      {{"-i", "-", "--pcap-file", "-"}, "tcpcopy: -i: more than one input is given; "},
      {{"--interface", "lo", "--pcap-file", "-"}, "tcpcopy: -i: more than one input is given; "},
      {{"-a", "2"}, "tcpcopy: -a: is for capture files only; accepted: together with -i FILE"},
      {{"-i", "eth0", "-a", "max"}, "tcpcopy: -a: is for capture files only; "},
      {{"-I", "5"}, "tcpcopy: -I: is for capture files only; "},
      {{"--shift-clients", "1"},
       "tcpcopy: --shift-clients: is for addresses that are not this host's; accepted: together"},
      {{"--shift-clients", "1", "-c", "self"}, "tcpcopy: --shift-clients: is for addresses"},
      {{"-T", "2"}, "tcpcopy: -T: is for capture files only; "},
      {{"-T", "3", "-i", "-"}, "tcpcopy: -T: '-' can be read once only; accepted: 1, or files"},
      {{"-T", "0", "-i", "/dev/null"}, "tcpcopy: -T: '/dev/null' can be read once only; "},
  };
  for (const Row& row : table) {
    const std::string line = BadLine(WithMap(row.arguments));
    BOOST_TEST(line.starts_with(row.begin), line);
  }
}

BOOST_AUTO_TEST_CASE(AListHasAddressesForEachTarget) {
  const std::string both = "80-10.0.0.2:8080,[2001:db8::1]:80-[2001:db8::2]:8080";
  const auto line = [&](const char* list) { return BadLine({"-x", both, "-c", list}); };
  BOOST_TEST(line("62.135.200.x") ==
             "tcpcopy: -c: no address of the list can reach [2001:db8::2]:8080; accepted: IPv6 "
             "addresses, too");
  BOOST_TEST(line("2001:db8:9::/64") ==
             "tcpcopy: -c: no address of the list can reach 10.0.0.2:8080; accepted: IPv4 "
             "addresses, too");
  const Options options = testing::Good({"-x", both, "-c", "2001:db8:9::/64,62.135.200.x"});
  BOOST_TEST(options.clients.list.size() == 2U);
}

}  // namespace
}  // namespace tcpcopy
