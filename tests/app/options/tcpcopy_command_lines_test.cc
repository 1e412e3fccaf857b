// The command lines of TCPCopy's users, of its 1.x and of Debian's manual page of the 0.x line.

#include <boost/test/unit_test.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/app/intercept/options.h"
#include "tests/app/options/parsed_options.h"

namespace tcpcopy {
namespace {

using testing::Arguments;
using testing::Good;
using testing::Text;

/// What getopt is given there: letters, with ':' behind those that take a value. All builds.
constexpr std::string_view kTcpcopy = "x:H:c:i:a:I:T:F:B:S:o:n:f:m:M:D:R:U:C:s:t:k:l:r:p:P:OgWLhvd";
constexpr std::string_view kIntercept = "i:F:n:p:b:t:s:D:x:q:cl:P:vhd";

/// Whether the option takes a value; none: there is none of that letter.
template <typename ProgramOptions>
std::optional<bool> TakesValue(char letter) {
  ProgramOptions options;
  const CommandLine line = OptionTables(options);
  const std::string begin = std::string("-") + letter + ",";
  for (const OptionGroup& group : line.groups()) {
    for (const ValueOption& option : group.options) {
      if (option.names.starts_with(begin)) return true;
    }
    for (const FlagOption& flag : group.flags) {
      if (flag.names.starts_with(begin)) return false;
    }
  }
  return std::nullopt;
}

template <typename ProgramOptions>
void CheckLetters(std::string_view letters) {
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (letters[i] == ':') continue;
    const bool value = i + 1 < letters.size() && letters[i + 1] == ':';
    BOOST_TEST((TakesValue<ProgramOptions>(letters[i]) == value), letters[i]);
  }
}

BOOST_AUTO_TEST_CASE(EveryLetterTakesAValueWhereItsDoes) {
  CheckLetters<Options>(kTcpcopy);
  CheckLetters<InterceptOptions>(kIntercept);
}

/// The same with each value behind its letter, as getopt allows: -x80-10.0.0.2.
Arguments Glued(const Arguments& arguments) {
  Arguments glued;
  bool for_last = false;
  for (const std::string& argument : arguments) {
    if (for_last) {
      glued.back() += argument;
      for_last = false;
      continue;
    }
    glued.push_back(argument);
    for_last = argument.size() == 2 && TakesValue<Options>(argument[1]) == true;
  }
  return glued;
}

const Arguments kLines[] = {
    {"-x", "80-192.168.0.2:18080"},
    {"-x", "80-192.168.0.2:18080,8080-192.168.0.3:8080"},
    {"-x", "192.168.0.1:80-192.168.0.2:8080", "-i", "eth0"},
    {"-x", "8080-192.168.0.2:8080", "-c", "192.168.0.1"},
    {"-x", "80-61.135.233.160:80", "-s", "61.135.233.161", "-c", "62.135.200.x"},
    {"-x", "80-61.135.233.160:80", "-s", "61.135.233.161:36525", "-c", "62.135.200.1,62.135.201.x"},
    {"-x", "80-10.0.0.2:80", "-s", "10.0.0.3", "-p", "36525", "-C", "4"},
    {"-x", "80-10.0.0.2:80", "-s", "10.0.0.3", "-d", "-l", "a.log", "-P", "a.pid", "-L"},
    {"-x", "80-10.0.0.2:80", "-F", "tcp and dst port 80", "-B", "64", "-S", "1600", "-i", "eth0"},
    {"-x", "80-10.0.0.2:80", "-i", "-", "-a", "2", "-I", "1000"},
    {"-x", "80-10.0.0.2:80", "-m", "512", "-M", "1500", "-D", "1460", "-R", "100", "-U", "1"},
    {"-x", "80-10.0.0.2:80", "-n", "3", "-f", "5", "-g", "-H", "10.0.0.9", "-s", "10.0.0.3"},
    {"-x", "80-10.0.0.2:80", "-i", "-", "-T", "1"},
    {"-x", "80-10.0.0.2:80", "-t", "60", "-k", "120", "-r", "20", "-O", "-W"},
    {"-x", "80@00:11:22:33:44:55-10.0.0.2:80@00:11:22:33:44:66", "-o", "eth1"},
};

BOOST_AUTO_TEST_CASE(TcpcopysLinesAreGoodApartAndGlued) {
  for (const Arguments& line : kLines) {
    const Options apart = Good(line);
    const Options glued = Good(Glued(line));
    BOOST_TEST(Glued(line).size() < line.size(), Text(line));
    BOOST_TEST(apart.targets.mappings().size() == glued.targets.mappings().size(), Text(line));
    BOOST_TEST(apart.targets.mappings()[0].target.ToString() ==
               glued.targets.mappings()[0].target.ToString());
    BOOST_TEST(apart.channels.intercepts.size() == glued.channels.intercepts.size(), Text(line));
    BOOST_TEST(apart.memory == glued.memory);
    BOOST_TEST(apart.service.background == glued.service.background);
  }
}

BOOST_AUTO_TEST_CASE(FlagsMayStandTogetherAndBeforeAValue) {
  const Options options = Good({"-x80-10.0.0.2:80", "-s10.0.0.3", "-dgLWOla.log"});
  BOOST_TEST(options.service.background);
  BOOST_TEST(options.channels.wait_for_ever);
  BOOST_TEST(!options.wait_for_answers);
  BOOST_TEST(options.targets.mappings().size() == 1U);
}

BOOST_AUTO_TEST_CASE(InterceptsLinesAreGood) {
  const Arguments lines[] = {
      {},
      {"-x", "192.168.0.1,192.168.0.5", "-d"},
      {"-x192.168.0.1", "-q", "2048", "-s", "65536", "-p36524"},
      {"-i", "eth0", "-F", "tcp and src port 8080", "-d"},
      {"-ieth0,eth1", "-Ftcp and src port 8080", "-n16", "-t", "120", "-b", "192.168.0.4"},
      {"-F", "tcp and src port 8080", "-D", "172.17.0.2-192.168.0.2"},
      {"-F", "tcp and src port 8080", "-c", "-l", "a.log", "-P", "a.pid"},
      {"-dcla.log"},
  };
  for (const Arguments& arguments : lines) {
    std::vector<const char*> argv{"intercept"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    const auto options = ParseInterceptOptions(static_cast<int>(argv.size()), argv.data());
    BOOST_TEST(options.has_value(), Text(arguments) << (options ? "" : options.error().message));
  }
}

BOOST_AUTO_TEST_CASE(WhatTcpcopyTakesForSomethingElseIsRefused) {
  // There -n -1 is 1,023 copies, -M -1 a crash, and the others start and copy nothing.
  for (const Arguments& arguments : {Arguments{"-x", "80-10.0.0.2:80", "-n", "-1"},
                                     {"-x", "80-10.0.0.2:80", "-M", "-1"},
                                     {"-x", "80-10.0.0.2:80", "-M", "0"},
                                     {"-x", "80-10.0.0.2:99999"},
                                     {"-x", "99999-10.0.0.2:80"},
                                     {"-x", "80-10.0.0.2:80", "-c", "foo"},
                                     {"-x", "80-10.0.0.2:80", "-r", "0"},
                                     {"-x", "80-target:80"},
                                     {"-x80"}}) {
    const std::string line = testing::BadLine(arguments);
    const std::string option = arguments.size() > 2 ? arguments[2] : "-x";
    BOOST_TEST(line.starts_with("tcpcopy: " + option + ": "), line);
  }
}

BOOST_AUTO_TEST_CASE(AValueThatIsGivenTwiceIsRefusedAndAFlagIsNot) {
  BOOST_TEST(testing::BadLine({"-x80-10.0.0.2:80", "-x", "81-10.0.0.2:81"})
                 .starts_with("tcpcopy: -x: is given 2 times; "));
  BOOST_TEST(Good({"-x80-10.0.0.2:80", "-dd", "-d", "--daemon"}).service.background);
}

}  // namespace
}  // namespace tcpcopy
