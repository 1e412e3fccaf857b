#include "src/app/intercept/options.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace tcpcopy {
namespace {

using Arguments = std::vector<std::string>;

Result<InterceptOptions, OptionsExit> Parse(const Arguments& arguments) {
  std::vector<const char*> argv{"intercept"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return ParseInterceptOptions(static_cast<int>(argv.size()), argv.data());
}

InterceptOptions Good(const Arguments& arguments) {
  const auto options = Parse(arguments);
  BOOST_TEST_REQUIRE(options.has_value(), (options ? "" : options.error().message));
  return *options;
}

std::string BadLine(const Arguments& arguments) {
  const auto options = Parse(arguments);
  BOOST_REQUIRE(!options.has_value());
  BOOST_TEST(options.error().code == 2);
  BOOST_TEST(options.error().message.find('\n') == std::string::npos);
  return options.error().message;
}

Endpoint At(const char* address, std::uint16_t port) { return {*IpAddress::Parse(address), port}; }

bool Allows(const InterceptOptions& options, const char* address) {
  for (const Network& network : options.allow) {
    if (network.Contains(*IpAddress::Parse(address))) return true;
  }
  return false;
}

BOOST_AUTO_TEST_CASE(NothingNeedsToBeGiven) {
  const InterceptOptions options = Good({});
  BOOST_TEST((options.catching == Catching::kCapture));
  BOOST_TEST(options.interfaces.empty());
  BOOST_TEST(options.listen_on.empty());
  BOOST_TEST(options.port == 36524);
  BOOST_TEST((options.protocol == ReplyProtocol::kOwn));
  BOOST_TEST(options.secret.empty());
  BOOST_TEST((options.route_timeout == std::chrono::hours(2)));
}

BOOST_AUTO_TEST_CASE(OnlyPrivateNetworksAndNeighboursMayConnectByDefault) {
  const InterceptOptions options = Good({});
  BOOST_TEST(options.allow_neighbours);
  for (const char* const address : {"127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255",
                                    "192.168.7.7", "169.254.1.1", "::1", "fe80::1", "fd00::1"}) {
    BOOST_TEST(Allows(options, address), address);
  }
  for (const char* const address :
       {"8.8.8.8", "172.32.0.1", "192.169.0.1", "2001:db8::1", "2a00::1", "100.64.0.1"}) {
    BOOST_TEST(!Allows(options, address), address);
  }
  BOOST_TEST(Good({"--allow", "all"}).allow.empty());
  const InterceptOptions named = Good({"--allow", "192.0.2.0/24,2001:db8::7"});
  BOOST_TEST(named.allow.size() == 2U);
  BOOST_TEST(!Allows(named, "127.0.0.1"));
  BOOST_TEST(!named.allow_neighbours);
}

BOOST_AUTO_TEST_CASE(TheOptionsOfTcpcopysIntercept) {
  const InterceptOptions capture =
      Good({"-i", "eth0,eth1", "-F", "tcp and src port 8080", "-n", "8", "-p", "4000", "-b",
            "10.0.0.3,2001:db8::3", "-t", "60", "-s", "65536", "-D", "172.17.0.2-10.0.0.2", "-c"});
  BOOST_TEST((capture.interfaces == Arguments{"eth0", "eth1"}));
  BOOST_TEST(capture.filter == "tcp and src port 8080");
  BOOST_TEST(capture.combine == 8);
  BOOST_TEST(capture.port == 4000);
  BOOST_REQUIRE(capture.listen_on.size() == 2U);
  BOOST_TEST(capture.listen_on[1].ToString() == "2001:db8::3");
  BOOST_TEST((capture.route_timeout == std::chrono::minutes(1)));
  BOOST_TEST(capture.rewrites.size() == 1U);

  const InterceptOptions queue = Good({"-x", "10.0.0.9,10.1.0.0/16", "-q", "500"});
  BOOST_TEST((queue.catching == Catching::kQueue));
  BOOST_TEST(queue.pass.size() == 2U);
  BOOST_TEST(queue.queue_length == 500U);
}

BOOST_AUTO_TEST_CASE(TargetsAreAPortOrAnAddressWithOne) {
  const InterceptOptions options = Good({"--target", "8080,10.0.0.2:81,[2001:db8::2]:82"});
  BOOST_TEST((options.targets == std::vector<Endpoint>{At("0.0.0.0", 8080), At("10.0.0.2", 81),
                                                       At("2001:db8::2", 82)}));
}

BOOST_AUTO_TEST_CASE(BadOnesAreNamedWithTheirReason) {
  const std::pair<Arguments, std::string> table[] = {
      {{"--catch", "pcap"}, "--catch: 'pcap' is unknown; accepted: capture or nfqueue"},
      {{"-i", "eth0,"}, "-i: 'eth0,' has an empty name; "},
      {{"-F", "tcp prot 80"}, "-F: "},
      {{"--target", "10.0.0.2"}, "--target: '10.0.0.2' has no port; "},
      {{"--target", "0"}, "--target: '0' is no port (1..65535); "},
      {{"-D", "172.17.0.2"}, "-D: '172.17.0.2' has no '-'; "},
      {{"-b", "eth0"}, "-b: 'eth0' is no numeric IP address; "},
      {{"-p", "0"}, "-p: '0' is out of range; "},
      {{"-n", "17"}, "-n: '17' is out of range; "},
      {{"-n", "0"}, "-n: 0 is for TCPCopy's protocol only; "},
      {{"-t", "0"}, "-t: '0' is out of range; "},
      {{"--allow", "10.0.0.1/8"}, "--allow: '10.0.0.1/8' is no network; did you mean 10.0.0.0/8?"},
      {{"-x", "here"}, "-x: 'here' is neither an address nor a network; "},
      {{"-i", "eth0", "-x", "10.0.0.9"}, "-i: is for captures only; "},
      {{"-F", "tcp", "--catch", "nfqueue"}, "-F: is for captures only; "},
      {{"-q", "5", "--catch", "capture"}, "-q: is for the queue only; "},
      {{"--protocol", "tcpcopy"}, "--protocol: 'tcpcopy' is unknown; "},
      {{"--secret-file", "/nonexistent"}, "--secret-file: "},
      {{"--no-such"}, "--no-such: is unknown; "},
  };
  for (const auto& [arguments, begin] : table) {
    const std::string line = BadLine(arguments);
    BOOST_TEST(line.starts_with("intercept: " + begin), line);
  }
}

BOOST_AUTO_TEST_CASE(TheHelpNamesEveryOption) {
  const auto help = Parse({"--help"});
  BOOST_REQUIRE(!help.has_value());
  BOOST_TEST(help.error().code == 0);
  for (const char* const name :
       {"--catch", "-i,", "-F,",     "--target",   "-D,",           "-x,", "-q,", "--queue-num",
        "-b,",     "-p,", "--allow", "--protocol", "--secret-file", "-n,", "-t,", "-s,",
        "-c,",     "-l,", "-P,",     "-d,",        "-v,",           "-h,"}) {
    BOOST_TEST(help.error().message.find(name) != std::string::npos, name);
  }
}

}  // namespace
}  // namespace tcpcopy
