#include "netstack/tcp/retransmit_timer.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;

const Instant kStart{};

BOOST_AUTO_TEST_CASE(ADeadlineThatIsNotSetNeverComes) {
  Deadline deadline;
  BOOST_TEST(!deadline.HasCome(kNever));
  deadline.Set(kStart + 1s);
  BOOST_TEST(!deadline.HasCome(kStart));
  BOOST_TEST(deadline.HasCome(kStart + 1s));
  deadline.Clear();
  BOOST_TEST((deadline.at() == kNever));
}

BOOST_AUTO_TEST_CASE(DoublesUpToTheLargestTimeout) {
  RetransmitTimer timer;
  for (const Duration wait : {1s, 2s, 4s, 8s, 10s, 10s}) {
    timer.Start(kStart, 1s, 10s);
    BOOST_TEST((timer.deadline() == kStart + wait));
    timer.CountAttempt(true);
  }
  BOOST_TEST(timer.attempts() == 6);
  for (int i = 0; i < 100'000; ++i) timer.CountAttempt(true);
  timer.Start(kStart, 1s, 10s);
  BOOST_TEST((timer.deadline() == kStart + 10s));
}

BOOST_AUTO_TEST_CASE(AnAttemptNeedNotBackOff) {
  RetransmitTimer timer;
  timer.CountAttempt(false);
  BOOST_TEST(timer.attempts() == 1);
  timer.Start(kStart, 1s, 10s);
  BOOST_TEST((timer.deadline() == kStart + 1s));
}

BOOST_AUTO_TEST_CASE(LifeAndMeasurementAreForgottenApart) {
  RetransmitTimer timer;
  timer.CountAttempt(true);
  timer.ForgetAttempts();  // an ACK of retransmitted data: alive, but nothing measured
  BOOST_TEST(timer.attempts() == 0);
  timer.Start(kStart, 1s, 10s);
  BOOST_TEST((timer.deadline() == kStart + 2s));
  timer.ForgetBackoff();
  timer.Start(kStart, 1s, 10s);
  BOOST_TEST((timer.deadline() == kStart + 1s));
  timer.Stop();
  BOOST_TEST(!timer.IsRunning());
}

}  // namespace
}  // namespace tcpcopy
