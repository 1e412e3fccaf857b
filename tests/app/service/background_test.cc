#include "src/app/service/background.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>

#include "tests/app/service/in_child.h"

namespace tcpcopy {
namespace {

using testing::InChild;

BOOST_AUTO_TEST_CASE(TheForegroundEndsWithSuccessWhenTheBackgroundIsReady) {
  std::array<int, 2> ends{};
  BOOST_TEST_REQUIRE(::pipe(ends.data()) == 0);
  const int code = InChild([&] {
    const pid_t foreground = ::getpid();
    auto background = Background::Begin();
    if (!background || ::getpid() == foreground) return 1;
    background->Ready();
    // It lives on by itself, in a session of its own.
    const char own = ::getsid(0) == ::getpid() ? 'y' : 'n';
    return ::write(ends[1], &own, 1) == 1 ? 0 : 2;
  });
  BOOST_TEST(code == 0);
  char own = 0;
  BOOST_TEST(::read(ends[0], &own, 1) == 1);
  BOOST_TEST(own == 'y');
  ::close(ends[0]);
  ::close(ends[1]);
}

BOOST_AUTO_TEST_CASE(WhatFailsBeforeIsTheForegroundsExitCode) {
  BOOST_TEST(InChild([] { return Background::Begin() ? 7 : 1; }) == 7);
}

BOOST_AUTO_TEST_CASE(ACrashBeforeIsAFailure) {
  BOOST_TEST(InChild([] {
               const auto background = Background::Begin();
               ::kill(::getpid(), SIGKILL);
               return 0;
             }) == 1);
}

BOOST_AUTO_TEST_CASE(UntilItIsReadyCtrlCEndsBoth) {
  const int code = InChild([] {
    ::setpgid(0, 0);
    const auto background = Background::Begin();
    ::kill(0, SIGINT);  // as the terminal does
    return 0;
  });
  BOOST_TEST(code == -1);  // by the signal, and not as the background ended
}

}  // namespace
}  // namespace tcpcopy
