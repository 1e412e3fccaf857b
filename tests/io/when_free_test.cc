#include "src/io/when_free.h"

#include <boost/test/unit_test.hpp>
#include <cerrno>

#include "netstack/base/result.h"
#include "src/io/io_error.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;

/// Fails `times` times with `error`, then succeeds.
struct Failing {
  Result<int, IoError> Run() {
    return WhenFree(
        [this]() -> Result<int, IoError> {
          if (++attempts <= times) return Err(SystemError("cannot", error));
          return attempts;
        },
        [this](Duration time) { waited += time; });
  }

  int times;
  int error;
  int attempts = 0;
  Duration waited{};
};

BOOST_AUTO_TEST_CASE(WhatIsFreeTakesNoTime) {
  Failing nothing{.times = 0, .error = 0};
  BOOST_TEST(nothing.Run().value() == 1);
  BOOST_TEST((nothing.waited == 0s));
}

BOOST_AUTO_TEST_CASE(WhatIsBusyMayBecomeFree) {
  for (const int error : {EADDRINUSE, EBUSY}) {
    Failing busy{.times = 7, .error = error};
    BOOST_TEST(busy.Run().value() == 8);
    BOOST_TEST((busy.waited > 0s));
  }
}

BOOST_AUTO_TEST_CASE(WhatStaysBusyIsAnErrorAfterASecond) {
  Failing busy{.times = 1000, .error = EADDRINUSE};
  BOOST_TEST(busy.Run().error().message == "cannot: Address already in use");
  BOOST_TEST((busy.waited == 1s));
}

BOOST_AUTO_TEST_CASE(OtherErrorsComeAtOnce) {
  Failing refused{.times = 1000, .error = EACCES};
  BOOST_TEST(!refused.Run().has_value());
  BOOST_TEST(refused.attempts == 1);
  BOOST_TEST((refused.waited == 0s));
}

}  // namespace
}  // namespace tcpcopy
