#include "src/app/log/log_level.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(LevelsAreKnownByTheirNames) {
  for (const LogLevel level :
       {LogLevel::kError, LogLevel::kWarning, LogLevel::kInfo, LogLevel::kDebug}) {
    BOOST_TEST((ParseLogLevel(ToString(level)) == level), ToString(level));
  }
  for (const char* const text : {"", "Info", "warn", "debug ", "4"}) {
    BOOST_TEST(!ParseLogLevel(text), text);
  }
}

BOOST_AUTO_TEST_CASE(FormatsAreKnownByTheirNames) {
  BOOST_TEST((ParseLogFormat("text") == LogFormat::kText));
  BOOST_TEST((ParseLogFormat("json") == LogFormat::kJson));
  for (const char* const text : {"", "JSON", "plain"}) BOOST_TEST(!ParseLogFormat(text), text);
}

}  // namespace
}  // namespace tcpcopy
