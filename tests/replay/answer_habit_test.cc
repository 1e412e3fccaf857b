#include "src/replay/answer_habit.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;

void Note(AnswerHabit& habit, bool is_as_long, int times) {
  for (int i = 0; i < times; ++i) habit.Note(is_as_long);
}

BOOST_AUTO_TEST_CASE(NothingIsExpectedOfAStranger) {
  AnswerHabit habit(2s);
  BOOST_TEST((habit.patience() == Duration{0}));
  Note(habit, true, 10);
  BOOST_TEST((habit.patience() == Duration{0}));
}

BOOST_AUTO_TEST_CASE(WhoseAnswersAreAsLongAsProductionsIsWaitedFor) {
  AnswerHabit habit(2s);
  Note(habit, true, 50);
  BOOST_TEST((habit.patience() == AnswerHabit::kPatience));
}

BOOST_AUTO_TEST_CASE(OneStallIsNoHabit) {
  AnswerHabit habit(2s);
  for (int i = 0; i < 10; ++i) {
    Note(habit, true, 100);
    Note(habit, false, 1);
    BOOST_TEST((habit.patience() == AnswerHabit::kPatience));
  }
}

BOOST_AUTO_TEST_CASE(AHabitThatChangesIsNoticedSoon) {
  AnswerHabit habit(2s);
  Note(habit, true, 1'000'000);
  Note(habit, false, 3);
  BOOST_TEST((habit.patience() == Duration{0}));
  Note(habit, true, 50);
  BOOST_TEST((habit.patience() == AnswerHabit::kPatience));
}

BOOST_AUTO_TEST_CASE(WhereOneOfTenIsShorterNobodyWaits) {
  AnswerHabit habit(2s);
  for (int i = 0; i < 1'000; ++i) {
    Note(habit, true, 9);
    Note(habit, false, 1);
    BOOST_TEST((habit.patience() == Duration{0}));
  }
}

}  // namespace
}  // namespace tcpcopy
