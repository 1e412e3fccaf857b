#include "src/app/progress.h"

#include <boost/test/unit_test.hpp>
#include <memory>

#include "tests/runtime/idle_driver.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ns;
using std::chrono_literals::operator""s;

/// A ledger with that many sessions of each kind.
Ledger Book(int completed, int others, int active) {
  Ledger ledger;
  for (int i = 0; i < completed + others + active; ++i) ledger.Open();
  for (int i = 0; i < completed; ++i) ledger.Close(Outcome::kCompleted, {.sessions = 1});
  for (int i = 0; i < others; ++i) ledger.Close(Outcome::kTargetTimeout, {.sessions = 1});
  return ledger;
}

BOOST_AUTO_TEST_CASE(ALineTellsSessionsAndPosition) {
  struct Row {
    Ledger ledger;
    Progress::Position position;
    bool bar;
    double rate;
    const char* line;
  };
  const Row table[] = {
      {{}, {}, false, 0, "0 sessions: 0 completed, 0 other, 0 active, 0/s"},
      {{}, {}, true, 0, "0 sessions: 0 completed, 0 other, 0 active, 0/s"},
      {Book(3, 2, 1), {}, false, 12.6, "6 sessions: 3 completed, 2 other, 1 active, 13/s"},
      {{}, {0, 9999}, false, 0, "  0 % of 9999 B, 0 sessions: 0 completed, 0 other, 0 active, 0/s"},
      {{},
       {6000, 12'000},
       true,
       0,
       "[############............]  50 % of 12.0 kB, 0 sessions: 0 completed, 0 other, 0 active, "
       "0/s"},
      {{},
       {5'000'000'000, 5'000'000'000},
       true,
       0,
       "[########################] 100 % of 5000.0 MB, 0 sessions: 0 completed, 0 other, 0 active, "
       "0/s"},
      {{},
       {3, 4, 2, 3},
       true,
       0,
       "[##################......] round 2 of 3,  75 % of 4 B, 0 sessions: 0 completed, 0 other, 0 "
       "active, 0/s"},
      {{},
       {1, 4, 7, 0},
       false,
       0,
       "round 7,  25 % of 4 B, 0 sessions: 0 completed, 0 other, 0 active, 0/s"},
      {Ledger(Transport::kUdp), {}, false, 0, "0 sessions: 0 answered, 0 other, 0 active, 0/s"},
      // A file that grows while it is read.
      {{},
       {300, 200},
       true,
       0,
       "[########################] 100 % of 200 B, 0 sessions: 0 completed, 0 other, 0 active, "
       "0/s"},
  };
  for (const Row& row : table) {
    BOOST_TEST(Progress::Line(row.ledger, row.position, row.bar, row.rate) == row.line);
  }
}

/// Lets virtual time jump to the end of each wait.
using testing::JumpingDriver;

struct ProgressBench {
  ProgressBench() : driver(clock), loop(clock, driver), file(std::tmpfile(), std::fclose) {
    BOOST_TEST_REQUIRE((file != nullptr));
  }

  std::string Written() {
    std::fflush(file.get());
    std::rewind(file.get());
    std::string text;
    for (int c = std::fgetc(file.get()); c != EOF; c = std::fgetc(file.get())) {
      text += static_cast<char>(c);
    }
    return text;
  }

  VirtualClock clock;
  JumpingDriver driver;
  EventLoop loop;
  Ledger ledger;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file;
};

BOOST_FIXTURE_TEST_SUITE(ProgressTest, ProgressBench)

BOOST_AUTO_TEST_CASE(NoTerminalGetsAPlainLineEachPeriod) {
  Progress progress(loop, file.get(), false, [&] { progress.Tell(ledger, {}); });
  progress.Start();
  for (int i = 0; i < 10; ++i) ledger.Open();
  testing::PassUntil(loop, Instant{} + 2 * Progress::kPlainPeriod - 1ns);
  BOOST_TEST((loop.timers().Next() == Instant{} + 2 * Progress::kPlainPeriod));
  testing::PassUntil(loop, Instant{} + 2 * Progress::kPlainPeriod);
  progress.Stop();
  BOOST_TEST(Written() ==
             "tcpcopy: 10 sessions: 0 completed, 0 other, 10 active, 2/s\n"
             "tcpcopy: 10 sessions: 0 completed, 0 other, 10 active, 0/s\n");
}

BOOST_AUTO_TEST_CASE(ALiveRunTellsLessOften) {
  int asked = 0;
  Progress progress(loop, file.get(), true, [&] { ++asked; });
  progress.Start();
  testing::PassUntil(loop, Instant{} + 30s - 1ns);
  BOOST_TEST(asked == 0);
  BOOST_TEST((loop.timers().Next() == Instant{} + 30s));
  testing::PassUntil(loop, Instant{} + 30s);
  BOOST_TEST(asked == 1);
}

BOOST_AUTO_TEST_CASE(NothingIsToldAfterStop) {
  Progress progress(loop, file.get(), false, [] {});
  progress.Start();
  progress.Stop();
  progress.Tell(ledger, {});  // asked for before
  BOOST_TEST((loop.timers().Next() == kNever));
  BOOST_TEST(Written() == "");
}

BOOST_AUTO_TEST_CASE(DestroyingItCancelsItsTimer) {
  {
    Progress(loop, file.get(), false, [] {}).Start();
  }
  BOOST_TEST((loop.timers().Next() == kNever));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
