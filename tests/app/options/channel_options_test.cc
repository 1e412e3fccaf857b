#include "src/app/options/channel_options.h"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <functional>

#include "tests/app/options/parsed_options.h"
#include "tests/temporary_directory.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""h;
using testing::Arguments;
using testing::BadLine;
using testing::Good;
using testing::Text;
using testing::WithMap;

std::string Listed(const Options& options) {
  std::string text;
  for (const Endpoint& intercept : options.channels.intercepts) text += intercept.ToString() + " ";
  return text;
}

BOOST_AUTO_TEST_CASE(InterceptsWithoutAPortGetTheOneOfP) {
  BOOST_TEST(Listed(Good(WithMap({"-s", "10.0.0.3"}))) == "10.0.0.3:36524 ");
  BOOST_TEST(Listed(Good(WithMap({"-s", "10.0.0.3,10.0.0.4:7,[2001:db8::3]", "-p", "99"}))) ==
             "10.0.0.3:99 10.0.0.4:7 [2001:db8::3]:99 ");
  BOOST_TEST(Listed(Good(WithMap({"-p", "99", "-s", "[2001:db8::3]:8"}))) == "[2001:db8::3]:8 ");
}

BOOST_AUTO_TEST_CASE(WithInterceptsTheClientsAddressesAreKeptUnlessToldOtherwise) {
  using Kind = ClientAddresses::Kind;
  BOOST_TEST((Good(WithMap({})).clients.kind == Kind::kSelf));
  const Options left_open = Good(WithMap({"-s", "10.0.0.3"}));
  BOOST_TEST((left_open.clients.kind == Kind::kKeep));
  BOOST_TEST(!left_open.clients.chosen);
  BOOST_TEST((Good(WithMap({"-s", "10.0.0.3", "-c", "self"})).clients.kind == Kind::kSelf));
  BOOST_TEST((Good(WithMap({"-s", "10.0.0.3", "-c", "10.1.0.x"})).clients.kind == Kind::kList));
}

BOOST_AUTO_TEST_CASE(EachOptionOfTheChannelsIsRead) {
  struct Row {
    Arguments arguments;
    std::function<bool(const ChannelOptions&)> holds;
  };
  using O = const ChannelOptions&;
  const Row table[] = {
      {{}, [](O o) { return o.connections == 2 && o.payload_bytes == 0 && o.secret.empty(); }},
      {{}, [](O o) { return o.protocol == ReplyProtocol::kOwn; }},
      {{}, [](O o) { return !o.wait_for_ever && o.lost_timeout == 10s; }},
      {{"-C", "11"}, [](O o) { return o.connections == 11; }},
      {{"--protocol", "own"}, [](O o) { return o.protocol == ReplyProtocol::kOwn; }},
      {{"--protocol", "classic"}, [](O o) { return o.protocol == ReplyProtocol::kClassic; }},
      {{"--payload", "none"}, [](O o) { return o.payload_bytes == 0; }},
      {{"--payload", "100"}, [](O o) { return o.payload_bytes == 100; }},
      {{"--payload", "all"}, [](O o) { return o.payload_bytes == kWholePayload; }},
      {{"-L"}, [](O o) { return o.wait_for_ever; }},
      {{"--lost-intercept-timeout", "0.5"}, [](O o) { return o.lost_timeout == 500ms; }},
      {{"--lost-intercept-timeout", "86400"}, [](O o) { return o.lost_timeout == 24h; }},
  };
  for (const Row& row : table) {
    Arguments arguments = row.arguments;
    arguments.insert(arguments.end(), {"-s", "10.0.0.3"});
    BOOST_TEST(row.holds(Good(WithMap(arguments)).channels), Text(arguments));
  }
}

BOOST_AUTO_TEST_CASE(TheSecretIsReadFromAFile) {
  const testing::TemporaryDirectory directory;
  const std::string path = directory.Write("secret", "between us\n");
  BOOST_REQUIRE(chmod(path.c_str(), 0600) == 0);
  const Options options = Good(WithMap({"-s", "10.0.0.3", "--secret-file", path}));
  BOOST_TEST(options.channels.secret.bytes().size() == 10U);
}

BOOST_AUTO_TEST_CASE(WhatIsWrongIsNamed) {
  struct Row {
    Arguments arguments;
    std::string begin;
  };
  const Row table[] = {
      {{"-s", ""}, "-s: '' is empty; accepted: IP[:PORT],..."},
      {{"-s", "36524"}, "-s: '36524' has no address; "},
      {{"-s", "assistant"}, "-s: 'assistant' is neither a numeric IP address nor a port"},
      {{"-s", "10.0.0.3,"}, "-s: '' is no port"},
      {{"-s", "10.0.0.3:0"}, "-s: '0' is no port (1..65535); "},
      {{"-s", "2001:db8::3"}, "-s: '2001:db8::3' must be written [2001:db8::3]; "},
      {{"-s", "10.0.0.3,10.0.0.3:36524"}, "-s: 10.0.0.3:36524 is named twice; "},
      {{"-s", "10.0.0.3", "--protocol", "new"}, "--protocol: 'new' is unknown; accepted: own or"},
      {{"-s", "10.0.0.3", "--payload", "-1"}, "--payload: '-1' is out of range; "},
      {{"-s", "10.0.0.3", "--payload", "65536"}, "--payload: '65536' is out of range; "},
      {{"-s", "10.0.0.3", "--payload", "1.5"}, "--payload: '1.5' is no whole number; "},
      {{"-s", "10.0.0.3", "--payload", "some"}, "--payload: 'some' is no whole number; "},
      {{"-s", "10.0.0.3", "--secret-file", "/none"}, "--secret-file: "},
      {{"-s", "10.0.0.3", "--lost-intercept-timeout", "0"}, "--lost-intercept-timeout: '0' is"},
      {{"-s", "10.0.0.3", "--lost-intercept-timeout", "86401"}, "--lost-intercept-timeout: '864"},
      {{"-s", "10.0.0.3", "-L", "--lost-intercept-timeout", "5"}, "-L: contradicts --lost-inter"},
      {{"-s", "10.0.0.3", "--protocol", "classic", "--payload", "all"}, "--payload: is not poss"},
      {{"-p", "99"}, "-p: is for replies by way of intercept; accepted: together with -s"},
      {{"-C", "3"}, "-C: is for replies by way of intercept; "},
      {{"-L"}, "-L: is for replies by way of intercept; "},
      {{"--protocol", "own"}, "--protocol: is for replies by way of intercept; "},
      {{"--payload", "all"}, "--payload: is for replies by way of intercept; "},
  };
  for (const Row& row : table) {
    const std::string line = BadLine(WithMap(row.arguments));
    BOOST_TEST(line.starts_with("tcpcopy: " + row.begin), line);
  }
  BOOST_TEST(BadLine({"-x", "80-[2001:db8::2]:80", "-s", "10.0.0.3", "--protocol", "classic"})
                 .starts_with("tcpcopy: -x: IPv6 is not possible in TCPCopy's protocol; "));
  std::string many = "10.0.1.1";
  for (int i = 0; i < 64; ++i) many += ",10.0.2." + std::to_string(i);
  BOOST_TEST(BadLine(WithMap({"-s", many})).starts_with("tcpcopy: -s: more than 64 addresses; "));
}

}  // namespace
}  // namespace tcpcopy
