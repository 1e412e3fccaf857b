#include "src/app/options/options.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <functional>

#include "src/replay/replay_policy.h"
#include "tests/app/options/parsed_options.h"
#include "tests/temporary_directory.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""h;
using testing::Arguments;
using testing::Good;
using testing::Parse;
using testing::Text;
using testing::WithMap;

BOOST_AUTO_TEST_CASE(TheMapAloneLeavesTheDefaults) {
  const Options options = Good({"-x", "80-10.0.0.2:8080"});
  BOOST_TEST(options.targets.mappings().size() == 1U);
  BOOST_TEST(!options.IsFile());
  BOOST_TEST(options.interfaces.empty());
  BOOST_TEST((options.clients.kind == ClientAddresses::Kind::kSelf));
  BOOST_TEST(!options.channels.InUse());
  BOOST_TEST(options.speed == 1.0);
  BOOST_TEST(!options.longest_gap.has_value());
  BOOST_TEST(options.rounds == 1U);
  BOOST_TEST(options.filter == "");
  BOOST_TEST(options.capture_buffer == 16U << 20);
  BOOST_TEST(options.snaplen == 262'144);
  BOOST_TEST(options.mtu == 1500);
  BOOST_TEST(options.mss == 1460);
  BOOST_TEST((options.first_rto == 1s));
  BOOST_TEST((options.answer_timeout == 600s));
  BOOST_TEST((options.idle_timeout == 2h));
  BOOST_TEST((options.drain_timeout == 5s));
  BOOST_TEST(options.sample_percent == 100U);
  BOOST_TEST(!options.adopt_midstream);
  BOOST_TEST(options.memory == 512U << 20);
  BOOST_TEST(options.wait_for_answers);
  BOOST_TEST(options.summary_json == "");
  BOOST_TEST(options.service.pid_file == "");
}

BOOST_AUTO_TEST_CASE(EveryOptionHasItsUnitAndBounds) {
  struct Row {
    Arguments arguments;
    std::function<bool(const Options&)> holds;
  };
  using O = const Options&;
  using Kind = ClientAddresses::Kind;
  const Row table[] = {
      {{"-c", "self"}, [](O o) { return o.clients.kind == Kind::kSelf; }},
      {{"-c", "keep"}, [](O o) { return o.clients.kind == Kind::kKeep; }},
      {{"--clients", "keep"}, [](O o) { return o.clients.kind == Kind::kKeep; }},
      {{"-c", "10.0.0.x"}, [](O o) { return o.clients.kind == Kind::kList; }},
      {{"-i", "-", "-a", "max"}, [](O o) { return o.speed == 0; }},
      {{"-i", "-", "-a", "0.25"}, [](O o) { return o.speed == 0.25; }},
      {{"-i", "-", "--speed", "1000000"}, [](O o) { return o.speed == 1e6; }},
      {{"-c", "keep", "--shift-clients", "16777216"}, [](O o) { return o.load.shift == 1U << 24; }},
      {{"-s", "10.0.0.3", "--shift-clients", "1"}, [](O o) { return o.load.shift == 1; }},
      {{"-i", "-", "-T", "1"}, [](O o) { return o.rounds == 1; }},
      {{"-i", "-", "-I", "0"}, [](O o) { return o.longest_gap == 0ms; }},
      {{"-i", "-", "--longest-gap", "86400000"}, [](O o) { return o.longest_gap == 24h; }},
      {{"-F", "host 10.0.0.7"}, [](O o) { return o.filter == "host 10.0.0.7"; }},
      {{"--filter", "not port 22"}, [](O o) { return o.filter == "not port 22"; }},
      {{"-B", "1"}, [](O o) { return o.capture_buffer == 1'048'576; }},
      {{"--buffer", "2047"}, [](O o) { return o.capture_buffer == std::size_t{2047} << 20; }},
      {{"-S", "64"}, [](O o) { return o.snaplen == 64; }},
      {{"--snaplen", "262144"}, [](O o) { return o.snaplen == 262'144; }},
      {{"-M", "576"}, [](O o) { return o.mtu == 576; }},
      {{"--mtu", "65535"}, [](O o) { return o.mtu == 65'535; }},
      {{"-D", "64"}, [](O o) { return o.mss == 64; }},
      {{"--mss", "65495"}, [](O o) { return o.mss == 65'495; }},
      {{"-R", "1"}, [](O o) { return o.first_rto == 1ms; }},
      {{"--first-rto", "60000"}, [](O o) { return o.first_rto == 60s; }},
      {{"-t", "1"}, [](O o) { return o.answer_timeout == 1s; }},
      {{"--timeout", "86400"}, [](O o) { return o.answer_timeout == 24h; }},
      {{"-k", "1"}, [](O o) { return o.idle_timeout == 1s; }},
      {{"--keepalive", "604800"}, [](O o) { return o.idle_timeout == 168h; }},
      {{"--drain", "0"}, [](O o) { return o.drain_timeout == 0s; }},
      {{"--drain", "0.25"}, [](O o) { return o.drain_timeout == 250ms; }},
      {{"--drain", "3600"}, [](O o) { return o.drain_timeout == 1h; }},
      {{"-r", "1"}, [](O o) { return o.sample_percent == 1; }},
      {{"--sample", "100"}, [](O o) { return o.sample_percent == 100; }},
      {{"-m", "16"}, [](O o) { return o.memory == 16U << 20; }},
      {{"--memory", "1048576"}, [](O o) { return o.memory == std::size_t{1} << 40; }},
      {{"-W"}, [](O o) { return !o.wait_for_answers; }},
      {{"--no-wait", "--no-wait"}, [](O o) { return !o.wait_for_answers; }},
      {{"--midstream", "adopt"}, [](O o) { return o.adopt_midstream; }},
      {{"--midstream=skip", "-O"}, [](O o) { return !o.adopt_midstream; }},
      {{"-OW"}, [](O o) { return !o.wait_for_answers; }},
      {{"-O", "--full-sessions"}, [](O o) { return o.wait_for_answers; }},
      {{"-U", "2048"}, [](O o) { return o.memory == 512U << 20; }},
      {{"--pool-size", "0"}, [](O o) { return o.memory == 512U << 20; }},
      {{"--summary-json", "/dev/null"}, [](O o) { return o.summary_json == "/dev/null"; }},
      {{"-d"}, [](O o) { return o.service.background; }},
      {{"-l", "a"}, [](O o) { return o.service.log_file == "a"; }},
      {{"-P", "a"}, [](O o) { return o.service.pid_file == "a"; }},
      // They only stay unused.
      {{"--dry-run", "-l", "a", "-P", "b"}, [](O o) { return o.dry_run; }},
      {{"--doctor", "-l", "a", "-P", "b"}, [](O o) { return o.doctor.wanted; }},
      {{"-i", "-", "-l", "a"}, [](O o) { return o.files == std::vector<std::string>{"-"}; }},
      {{"-B5"}, [](O o) { return o.capture_buffer == 5U << 20; }},
      {{"--buffer=5"}, [](O o) { return o.capture_buffer == 5U << 20; }},
      {{"--"}, [](O o) { return o.mtu == 1500; }},
  };
  for (const Row& row : table) {
    BOOST_TEST(row.holds(Good(WithMap(row.arguments))), Text(row.arguments));
  }
}

BOOST_AUTO_TEST_CASE(DatagramsAreWaitedForLessLongUnlessToldOtherwise) {
  BOOST_TEST((Good(WithMap({})).transport == Transport::kTcp));
  const Options options = Good(WithMap({"--udp"}));
  BOOST_TEST((options.transport == Transport::kUdp));
  BOOST_TEST((options.answer_timeout == 5s));
  BOOST_TEST((options.idle_timeout == 30s));
  const Options told = Good(WithMap({"--udp", "-t", "7", "-k", "600", "-W", "-D", "900"}));
  BOOST_TEST((told.answer_timeout == 7s));
  BOOST_TEST((told.idle_timeout == 600s));
}

BOOST_AUTO_TEST_CASE(AMapMayBeginAndEndWithABracket) {
  const Options options = Good({"-x", "[2001:db8::1]:80-[2001:db8::2]"});
  BOOST_REQUIRE(options.targets.mappings().size() == 1U);
  BOOST_TEST(options.targets.mappings()[0].source->ToString() == "2001:db8::1");
  BOOST_TEST(options.targets.mappings()[0].target.ToString() == "[2001:db8::2]:80");
}

BOOST_AUTO_TEST_CASE(HelpAndVersionExitWithZeroWhateverElseIsGiven) {
  for (const Arguments& arguments : {Arguments{"-h"}, {"--help"}, {"-B", "x", "-h"}}) {
    const auto help = Parse(arguments);
    BOOST_TEST_REQUIRE(!help.has_value());
    BOOST_TEST(help.error().code == 0);
    std::string text = help.error().message;
    while (text.find(", --") != std::string::npos) text.erase(text.find(", --") + 1, 1);
    for (const char* option :
         {"-x,--transfer",    "-i,--input",     "--pcap-file",      "--interface",
          "-F,--filter",      "-r,--sample",    "--midstream",      "-O,--full-sessions",
          "-c,--clients",     "-a,--speed",     "-I,--longest-gap", "-T,--rounds",
          "-W,--no-wait",     "-M,--mtu",       "-D,--mss",         "-R,--first-rto",
          "-t,--timeout",     "-k,--keepalive", "--drain",          "-s,--intercept",
          "-L,--keep-trying", "-o,--output",    "--vlan",           "--dry-run",
          "-m,--memory",      "-B,--buffer",    "-S,--snaplen",     "-U,--pool-size",
          "--summary-json",   "-l,--log-file",  "-P,--pid-file",    "-d,--daemon",
          "-h,--help",        "-v,--version"}) {
      BOOST_TEST((text.find(std::string("  ") + option) != std::string::npos), option);
    }
  }
  for (const Arguments& arguments : {Arguments{"-v"}, {"--version"}, {"foo", "-v"}}) {
    const auto version = Parse(arguments);
    BOOST_TEST_REQUIRE(!version.has_value());
    BOOST_TEST(version.error().code == 0);
    BOOST_TEST(version.error().message.starts_with("tcpcopy 2."));
  }
}

BOOST_AUTO_TEST_CASE(WhatExistsOrLooksLikeAPathIsAFile) {
  const testing::TemporaryDirectory directory;
  const std::string capture = directory.Write("eth0", "x");
  const std::string pcap = directory.Write("a.pcap", "x");
  for (const Arguments& arguments :
       {Arguments{"-i", capture}, {"--input", pcap}, {"--pcap-file", capture}}) {
    const Options options = Good(WithMap(arguments));
    BOOST_TEST_REQUIRE(options.files.size() == 1U);
    BOOST_TEST(options.files[0] == arguments[1]);
    BOOST_TEST(options.interfaces.empty());
  }
  BOOST_TEST(Good(WithMap({"-i", pcap, "-T", "0"})).rounds == 0U);
  BOOST_TEST(Good(WithMap({"-i", pcap, "--rounds", "1000000000"})).rounds == 1'000'000'000U);
  for (const char* option : {"-i", "--pcap-file"}) {
    const std::vector<std::string> both{pcap, "-"};
    BOOST_TEST(Good(WithMap({option, pcap + ",-"})).files == both,
               boost::test_tools::per_element());
  }
  // Found in the working directory, too, although it has no slash.
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(directory.path());
  const Options found = Good(WithMap({"-i", "eth0"}));
  const Options told = Good(WithMap({"--interface", "eth0"}));
  std::filesystem::current_path(before);
  BOOST_TEST_REQUIRE(found.files.size() == 1U);
  BOOST_TEST(found.files[0] == "eth0");
  BOOST_TEST(!told.IsFile());
}

BOOST_AUTO_TEST_CASE(OtherNamesAreInterfaces) {
  const std::vector<std::string> both{"eth0", "wlan1.7"};
  const std::vector<std::string> any{"any"};
  for (const char* option : {"-i", "--input", "--interface"}) {
    const Options options = Good(WithMap({option, "eth0,wlan1.7"}));
    BOOST_TEST(!options.IsFile());
    BOOST_TEST(options.interfaces == both, boost::test_tools::per_element());
    BOOST_TEST(Good(WithMap({option, "any"})).interfaces == any, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(SummariesAreAddedWithoutAMap) {
  const std::vector<std::string> files = Good({"--add-summaries", "a.json", "b.json"}).summaries;
  BOOST_TEST(files == (std::vector<std::string>{"a.json", "b.json"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(LookingAtTheSummaryFileLeavesItAlone) {
  const testing::TemporaryDirectory directory;
  const std::string path = directory.path() + "/summary.json";
  BOOST_TEST(Good(WithMap({"--summary-json", path})).summary_json == path);
  BOOST_TEST(!std::filesystem::exists(path));
  const std::string kept = directory.Write("kept.json", "before");
  BOOST_TEST(Good(WithMap({"--summary-json", kept})).summary_json == kept);
  BOOST_TEST(std::filesystem::file_size(kept) == 6U);
}

BOOST_AUTO_TEST_CASE(AFilesClientsAreNotSilentWhileItIsNotRead) {
  const testing::TemporaryDirectory folder;
  const std::string file = folder.Write("a.pcap", "x");
  BOOST_TEST((Good(WithMap({"-i", file})).idle_timeout == ReplayPolicy::kUntilEndOfFile));
  BOOST_TEST((Good(WithMap({"-i", file, "-k", "60"})).idle_timeout == std::chrono::minutes(1)));
  // A pipe may never end.
  BOOST_TEST((Good(WithMap({"-i", "-"})).idle_timeout == std::chrono::hours(2)));
  BOOST_TEST((Good(WithMap({"-i", file, "--udp"})).idle_timeout == std::chrono::seconds(30)));
}

}  // namespace
}  // namespace tcpcopy
