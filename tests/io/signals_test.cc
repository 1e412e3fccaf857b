#include "src/io/signals.h"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "src/io/uring/uring_driver.h"
#include "src/runtime/clock.h"

namespace tcpcopy {
namespace {

bool IsBlocked(int signal) {
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  return sigismember(&mask, signal) == 1;
}

BOOST_AUTO_TEST_CASE(SignalsBecomeCallsOfTheLoop) {
  MonotonicClock clock;
  const auto driver = UringDriver::Create(clock).value();
  std::vector<int> seen;
  const std::vector<int> all = {SIGHUP, SIGINT, SIGUSR1, SIGTERM};
  {
    const auto source =
        SignalSource::Create(*driver, [&](int signal) { seen.push_back(signal); }).value();
    for (const int signal : all) {
      BOOST_TEST(IsBlocked(signal));
      ::raise(signal);
      while (seen.empty() || seen.back() != signal) driver->Wait(kNever);
    }
    BOOST_TEST(seen == all, boost::test_tools::per_element());
  }
  for (const int signal : all) BOOST_TEST(!IsBlocked(signal));
}

BOOST_AUTO_TEST_CASE(WhatWasBlockedBeforeStaysSo) {
  MonotonicClock clock;
  const auto driver = UringDriver::Create(clock).value();
  sigset_t hangup;
  sigset_t former;
  sigemptyset(&hangup);
  sigaddset(&hangup, SIGHUP);
  ::pthread_sigmask(SIG_BLOCK, &hangup, &former);
  SignalSource::Create(*driver, [](int) {}).value().reset();
  BOOST_TEST(IsBlocked(SIGHUP));
  BOOST_TEST(!IsBlocked(SIGINT));
  ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
}

}  // namespace
}  // namespace tcpcopy
