#include "src/io/host/run_program.h"

#include <signal.h>

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(WhatItSaysIsHandedBack) {
  const auto result = RunProgram({"sh", "-c", "cat; echo bad >&2; exit 3"}, "some text\n").value();
  BOOST_TEST(result.exit_code == 3);
  BOOST_TEST(result.output == "some text\n");
  BOOST_TEST(result.error == "bad\n");
}

BOOST_AUTO_TEST_CASE(ThereMayBeMoreThanAPipeHolds) {
  const std::string much(1 << 20, 'x');
  const auto result = RunProgram({"tee", "/dev/stderr"}, much).value();
  BOOST_TEST((result.output == much));
  BOOST_TEST((result.error == much));
}

BOOST_AUTO_TEST_CASE(AnEndBySignalIsTold) {
  BOOST_TEST(RunProgram({"sh", "-c", "kill -9 $$"}, "").value().exit_code == 128 + 9);
}

BOOST_AUTO_TEST_CASE(OurBlockedSignalsAreNotItsOwn) {
  sigset_t usr1;
  sigset_t former;
  ::sigemptyset(&usr1);
  ::sigaddset(&usr1, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &usr1, &former);
  const auto result = RunProgram({"sh", "-c", "kill -USR1 $$; echo lives"}, "").value();
  ::sigprocmask(SIG_SETMASK, &former, nullptr);
  BOOST_TEST(result.exit_code == 128 + SIGUSR1);
  BOOST_TEST(result.output == "");
}

BOOST_AUTO_TEST_CASE(AMissingProgramIsAnError) {
  const auto result = RunProgram({"no-such-program-here"}, "");
  BOOST_REQUIRE(!result);
  BOOST_TEST(result.error().message ==
             "cannot run no-such-program-here: No such file or directory");
}

}  // namespace
}  // namespace tcpcopy
