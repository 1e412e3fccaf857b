#include "src/replay/admission.h"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/replay/addresses.h"

namespace tcpcopy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::At;

constexpr std::uint32_t kSessions = 20'000;

FlowKey Session(std::uint32_t number) {
  const Endpoint client{IpAddress::V4(0xC0000200U + number / 1000),
                        static_cast<std::uint16_t>(2000 + number % 1000)};
  return {client, At("198.51.100.1", 80)};
}

std::uint32_t Admitted(Admission& admission, Instant now) {
  std::uint32_t admitted = 0;
  for (std::uint32_t i = 0; i < kSessions; ++i) {
    if (!admission.Refuse(Session(i), 1, now)) ++admitted;
  }
  return admitted;
}

/// Five standard deviations: a right choice fails once in two million runs, and this one is always
/// the same.
double Bound(double share) { return 5 * std::sqrt(kSessions * share * (1 - share)); }

BOOST_AUTO_TEST_CASE(TheShareIsWithinTheBinomialBound) {
  for (const unsigned percent : {1U, 5U, 20U, 50U, 99U}) {
    Admission admission({.sample_percent = percent});
    const double share = percent / 100.0;
    const double off = Admitted(admission, Instant{}) - share * kSessions;
    BOOST_TEST(std::abs(off) < Bound(share), percent << " %: off by " << off);
  }
}

BOOST_AUTO_TEST_CASE(TheSameSessionsAreChosenInEveryRunAndASmallerShareIsPartOfALargerOne) {
  Admission one({.sample_percent = 20});
  Admission again({.sample_percent = 20});
  Admission more({.sample_percent = 30});
  for (std::uint32_t i = 0; i < kSessions; ++i) {
    const auto refused = one.Refuse(Session(i), 1, Instant{});
    BOOST_REQUIRE((refused == again.Refuse(Session(i), 1, Instant{} + seconds(i))));
    if (!refused) BOOST_REQUIRE(!more.Refuse(Session(i), 1, Instant{}));
  }
}

BOOST_AUTO_TEST_CASE(EachSecondOnePerCentMoreIsLetInUntilAllAre) {
  Admission admission({.gradual = true});
  const Instant begin = Instant{} + seconds(1000);  // the ramp begins with the first session
  for (const int second : {0, 1, 9, 49, 98, 99, 1000}) {
    const double share = std::min(100, second + 1) / 100.0;
    const Instant late_in_it = begin + seconds(second) + milliseconds(second > 0 ? 999 : 0);
    const double off = Admitted(admission, late_in_it) - share * kSessions;
    BOOST_TEST(std::abs(off) <= Bound(share), "second " << second << ": off by " << off);
  }
}

BOOST_AUTO_TEST_CASE(TheRampTakesItsShareOfTheSample) {
  Admission admission({.sample_percent = 20, .gradual = true});
  Admitted(admission, Instant{});
  const double off = Admitted(admission, Instant{} + seconds(49)) - 0.1 * kSessions;
  BOOST_TEST(std::abs(off) < Bound(0.1), off);
  BOOST_TEST((admission.Refuse(Session(3), 1, Instant{}).has_value()));
}

BOOST_AUTO_TEST_CASE(ALiveRateLeavesOutWhatIsTooMuch) {
  Admission admission({.rate = 1000});
  std::uint32_t admitted = 0;
  for (std::uint32_t i = 0; i < 10'000; ++i) {  // 10,000 a second, for a second
    const auto refused = admission.Refuse(Session(i), 1, Instant{} + milliseconds(i / 10));
    if (!refused) ++admitted;
    if (refused) BOOST_REQUIRE((refused == Outcome::kLeftOutByRate));
  }
  BOOST_TEST(admitted == 1000U);
}

BOOST_AUTO_TEST_CASE(ABurstThatASecondAllowsIsLetIn) {
  Admission admission({.rate = 5});
  for (const Instant second : {Instant{}, Instant{} + seconds(1), Instant{} + seconds(60)}) {
    for (std::uint32_t i = 0; i < 5; ++i) BOOST_TEST(!admission.Refuse(Session(i), 1, second));
    const Instant late_in_it = second + milliseconds(999);
    BOOST_TEST((admission.Refuse(Session(5), 1, late_in_it) == Outcome::kLeftOutByRate));
  }
}

BOOST_AUTO_TEST_CASE(LessThanOneASecondIsOneInSeveral) {
  Admission admission({.rate = 0.5});
  BOOST_TEST(!admission.Refuse(Session(0), 1, Instant{}));
  BOOST_TEST((admission.Refuse(Session(1), 1, Instant{} + milliseconds(1999)).has_value()));
  BOOST_TEST(!admission.Refuse(Session(2), 1, Instant{} + seconds(2)));
}

BOOST_AUTO_TEST_CASE(MoreCopiesThanTheRateAreLetInTogetherOnceASecond) {
  Admission admission({.rate = 5});
  BOOST_TEST(!admission.Refuse(Session(0), 100, Instant{}));
  BOOST_TEST((admission.Refuse(Session(1), 100, Instant{}) == Outcome::kLeftOutByRate));
}

BOOST_AUTO_TEST_CASE(CopiesCountAsSessionsOfTheRate) {
  Admission admission({.rate = 1000, .source_waits = true});
  BOOST_TEST(!admission.Refuse(Session(0), 100, Instant{}));
  BOOST_TEST((admission.OpensAt() == Instant{} + milliseconds(100)));
}

BOOST_AUTO_TEST_CASE(ARateNextToNothingIsNotNone) {
  Admission admission({.rate = 1e-300});
  BOOST_TEST(!admission.Refuse(Session(0), 1000, Instant{}));
  BOOST_TEST((admission.Refuse(Session(1), 1000, Instant{}) == Outcome::kLeftOutByRate));
}

BOOST_AUTO_TEST_CASE(AFileWaitsInsteadOfLosingSessions) {
  Admission admission({.rate = 2, .source_waits = true});
  BOOST_TEST((admission.OpensAt() <= Instant{}));
  BOOST_TEST(!admission.Refuse(Session(0), 1, Instant{}));
  BOOST_TEST((admission.OpensAt() == Instant{} + milliseconds(500)));
  BOOST_TEST(!admission.Refuse(Session(1), 1, Instant{}));  // read before it could wait
  BOOST_TEST((admission.OpensAt() == Instant{} + milliseconds(1000)));
  admission.set_over_cpu_limit(true);
  BOOST_TEST(!admission.Refuse(Session(2), 1, Instant{}));
  BOOST_TEST((admission.OpensAt() == kNever));
}

BOOST_AUTO_TEST_CASE(TheRatesScheduleDoesNotDependOnHowLateWeAre) {
  Admission admission({.rate = 3, .source_waits = true, .has_schedule = true});
  const Instant begin = Instant{} + seconds(100);
  for (std::uint32_t i = 0; i < 300'000; ++i) {
    // Nothing was read for 20 s in the middle.
    const Instant now = begin + seconds(i > 30 ? 30 : 0) + i * milliseconds(400);
    if (i < 3000) BOOST_REQUIRE(!admission.Refuse(Session(i), 1, now, begin));
    if (i >= 3000) admission.Refuse(Session(0), 1, now, begin);
    const auto right = begin + std::chrono::round<Duration>(std::chrono::duration<double>(i / 3.0));
    const Duration off = *admission.Scheduled() - right;
    BOOST_REQUIRE((off >= Duration(-2) && off <= Duration(2)));
  }
}

BOOST_AUTO_TEST_CASE(ASessionThatIsDueLaterThanTheRateSaysBeginsThen) {
  Admission admission({.rate = 10, .source_waits = true, .has_schedule = true});
  const Instant later = Instant{} + seconds(50);
  const std::pair<Duration, Duration> due_and_scheduled[] = {
      {seconds(0), seconds(0)},
      {seconds(0), milliseconds(100)},
      {seconds(1), seconds(1)},  // a pause of the capture is nothing to make up for
      {seconds(1), milliseconds(1100)},
      {seconds(1), milliseconds(1200)},
      {milliseconds(1250), milliseconds(1300)}};
  for (const auto& [due, scheduled] : due_and_scheduled) {
    BOOST_TEST(!admission.Refuse(Session(0), 1, later, Instant{} + due));
    BOOST_TEST((*admission.Scheduled() == Instant{} + scheduled));
  }
}

BOOST_AUTO_TEST_CASE(WithoutARateTheCapturesTimesAreTheSchedule) {
  Admission admission({.source_waits = true, .has_schedule = true});
  for (const Duration due : {Duration(0), Duration(seconds(7)), Duration(seconds(3))}) {
    BOOST_TEST(!admission.Refuse(Session(0), 1, Instant{} + seconds(9), Instant{} + due));
    BOOST_TEST((*admission.Scheduled() == Instant{} + due));
  }
  BOOST_TEST((admission.OpensAt() <= Instant{}));
}

BOOST_AUTO_TEST_CASE(WithoutPausesOrLiveThereIsNoSchedule) {
  for (const bool waits : {false, true}) {
    Admission admission({.rate = 1000, .source_waits = waits});
    BOOST_TEST(!admission.Refuse(Session(0), 1, Instant{}, Instant{}));
    BOOST_TEST(!admission.Scheduled());
  }
}

BOOST_AUTO_TEST_CASE(SessionsAreLeftOutWhileTooMuchCpuIsUsed) {
  Admission admission({});
  admission.set_over_cpu_limit(true);
  BOOST_TEST((admission.Refuse(Session(0), 1, Instant{}) == Outcome::kLeftOutByCpuLimit));
  admission.set_over_cpu_limit(false);
  BOOST_TEST(!admission.Refuse(Session(0), 1, Instant{}));
}

}  // namespace
}  // namespace tcpcopy
