#include "src/app/log/log_options.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "src/app/options/command_line.h"

namespace tcpcopy {
namespace {

/// The error, or nothing.
std::string Parse(std::vector<const char*> arguments, LogOptions& options) {
  arguments.insert(arguments.begin(), "program");
  CommandLine line("program", "Tests.", {{"Log", LogOptionList(options)}});
  const auto done = line.Parse(static_cast<int>(arguments.size()), arguments.data());
  return done ? "" : done.error().message;
}

BOOST_AUTO_TEST_CASE(TextDownToInfoUnlessSomethingElseIsSaid) {
  LogOptions options;
  BOOST_TEST(Parse({}, options) == "");
  BOOST_TEST((options.level == LogLevel::kInfo));
  BOOST_TEST((options.format == LogFormat::kText));
  BOOST_TEST(Parse({"--log-level", "debug", "--log-format", "json"}, options) == "");
  BOOST_TEST((options.level == LogLevel::kDebug));
  BOOST_TEST((options.format == LogFormat::kJson));
}

BOOST_AUTO_TEST_CASE(WhatIsUnknownIsRefusedWithWhatIsKnown) {
  LogOptions options;
  BOOST_TEST(Parse({"--log-level", "loud"}, options) ==
             "program: --log-level: 'loud' is unknown; accepted: error, warning, info or debug, "
             "such as warning");
  BOOST_TEST(Parse({"--log-format", "xml"}, options) ==
             "program: --log-format: 'xml' is unknown; accepted: text or json, such as json");
}

}  // namespace
}  // namespace tcpcopy
