#include "src/replay/flow_table.h"

#include <boost/test/unit_test.hpp>
#include <deque>
#include <memory>
#include <vector>

#include "netstack/base/prng.h"
#include "tests/replay/session_parts.h"

namespace tcpcopy {
namespace {

constexpr std::uint16_t kPort = 5000;
constexpr std::uint16_t kOtherPort = 5001;

struct TableBench : testing::SessionParts {
  /// A session of the `number`th client that wants the 4-tuple from `port`.
  Session& New(std::uint16_t number, std::uint16_t port = kPort) {
    sessions.push_back(
        std::make_unique<Session>(context(), Captured(number), Replayed(port), Syn()));
    return *sessions.back();
  }

  FlowTable table{7};
  std::deque<std::unique_ptr<Session>> sessions;
};

BOOST_FIXTURE_TEST_SUITE(FlowTableTest, TableBench)

BOOST_AUTO_TEST_CASE(ASessionIsFoundFromBothSides) {
  Session& a = New(1, kPort);
  Session& b = New(2, kOtherPort);
  BOOST_TEST(table.FindCaptured(Captured(1)) == nullptr);
  BOOST_TEST(table.FindReplayed(Replayed(kPort)) == nullptr);
  BOOST_TEST(table.Add(a));
  BOOST_TEST(table.Add(b));
  BOOST_TEST(table.FindCaptured(Captured(1)) == &a);
  BOOST_TEST(table.FindCaptured(Captured(2)) == &b);
  BOOST_TEST(table.FindReplayed(Replayed(kPort)) == &a);
  BOOST_TEST(table.FindReplayed(Replayed(kOtherPort)) == &b);
  BOOST_TEST(table.FindCaptured({Captured(1).flow.Reversed()}) == nullptr);
  BOOST_TEST(table.FindReplayed(Replayed(kPort).Reversed()) == nullptr);
  BOOST_TEST(table.size() == 2U);
}

BOOST_AUTO_TEST_CASE(CopiesOfOneFlowAreFoundApart) {
  Session& original = New(1, kPort);
  const ClientFlow copy{Captured(1).flow, 1};
  table.Add(original);
  BOOST_TEST(table.FindCaptured(Captured(1)) == &original);
  BOOST_TEST(table.FindCaptured(copy) == nullptr);
}

BOOST_AUTO_TEST_CASE(ARemovedSessionIsFoundNoMore) {
  Session& a = New(1);
  table.Add(a);
  BOOST_TEST(table.Remove(a) == nullptr);
  BOOST_TEST(table.FindCaptured(Captured(1)) == nullptr);
  BOOST_TEST(table.FindReplayed(Replayed(kPort)) == nullptr);
  BOOST_TEST(table.size() == 0U);
}

BOOST_AUTO_TEST_CASE(AllClientsAreForgottenInTheOrderOfTheirFlows) {
  std::vector<Session*> sessions_by_flow;
  for (std::uint16_t n = 100; n > 0; --n) {
    Session& session = New(n, static_cast<std::uint16_t>(kPort + n));
    table.Add(session);
    sessions_by_flow.insert(sessions_by_flow.begin(), &session);
  }
  BOOST_TEST(table.ForgetAllCaptured() == sessions_by_flow, boost::test_tools::per_element());
  BOOST_TEST(table.FindCaptured(Captured(7)) == nullptr);
  BOOST_TEST(table.FindReplayed(Replayed(kPort + 7)) == sessions_by_flow[6]);
  BOOST_TEST(table.ForgetAllCaptured().empty());
}

BOOST_AUTO_TEST_CASE(ThoseInLineAreCounted) {
  Session& first = New(1);
  Session& second = New(2);
  Session& third = New(3);
  table.Add(first);
  BOOST_TEST(table.waiting() == 0U);
  table.Add(second);
  table.Add(third);
  BOOST_TEST(table.waiting() == 2U);
  table.Remove(first);
  BOOST_TEST(table.waiting() == 1U);
  table.Remove(third);  // out of the line's end
  BOOST_TEST(table.waiting() == 0U);
  table.Remove(second);
  BOOST_TEST(table.waiting() == 0U);
}

BOOST_AUTO_TEST_CASE(AForgottenClientLeavesTheTargetsSide) {
  Session& a = New(1);
  table.Add(a);
  table.ForgetCaptured(a);
  BOOST_TEST(table.FindCaptured(Captured(1)) == nullptr);
  BOOST_TEST(table.FindReplayed(Replayed(kPort)) == &a);
  table.ForgetCaptured(a);
  BOOST_TEST(table.Remove(a) == nullptr);
  BOOST_TEST(table.size() == 0U);
}

BOOST_AUTO_TEST_CASE(ANewSessionOfTheSameClientTakesItsPlace) {
  Session& before = New(1, kPort);
  Session& after = New(1, kOtherPort);
  table.Add(before);
  BOOST_TEST(table.Add(after));
  BOOST_TEST(table.FindCaptured(Captured(1)) == &after);
  BOOST_TEST(table.FindReplayed(Replayed(kPort)) == &before);
  table.ForgetCaptured(before);  // the client is another session's now
  BOOST_TEST(table.FindCaptured(Captured(1)) == &after);
  table.Remove(before);
  BOOST_TEST(table.FindCaptured(Captured(1)) == &after);
}

BOOST_AUTO_TEST_CASE(WhoWantsAUsedTupleWaitsInLine) {
  Session& a = New(1);
  Session& b = New(2);
  Session& c = New(3);
  BOOST_TEST(table.Add(a));
  BOOST_TEST(!table.Add(b));
  BOOST_TEST(!table.Add(c));
  BOOST_TEST(table.FindReplayed(Replayed(kPort)) == &a);
  BOOST_TEST(table.FindCaptured(Captured(3)) == &c);  // its client's packets are its own already
  BOOST_TEST(table.size() == 1U);
}

BOOST_AUTO_TEST_CASE(TheTupleIsHandedOverInOrder) {
  Session& a = New(1);
  Session& b = New(2);
  Session& c = New(3);
  for (Session* session : {&a, &b, &c}) table.Add(*session);
  BOOST_TEST(table.Remove(a) == &b);
  BOOST_TEST(table.FindReplayed(Replayed(kPort)) == &b);
  BOOST_TEST(a.successor == nullptr);
  BOOST_TEST(table.Remove(b) == &c);
  BOOST_TEST(table.FindReplayed(Replayed(kPort)) == &c);
  BOOST_TEST(table.Remove(c) == nullptr);
  BOOST_TEST(table.FindReplayed(Replayed(kPort)) == nullptr);
}

BOOST_AUTO_TEST_CASE(OneThatWaitsMayLeaveTheLine) {
  Session& a = New(1);
  Session& b = New(2);
  Session& c = New(3);
  Session& d = New(4);
  for (Session* session : {&a, &b, &c, &d}) table.Add(*session);
  BOOST_TEST(table.Remove(c) == nullptr);  // nobody may start for that
  BOOST_TEST(table.FindCaptured(Captured(3)) == nullptr);
  BOOST_TEST(table.Remove(d) == nullptr);
  BOOST_TEST(table.FindReplayed(Replayed(kPort)) == &a);
  Session& e = New(5);
  BOOST_TEST(!table.Add(e));
  BOOST_TEST(table.Remove(a) == &b);
  BOOST_TEST(table.Remove(b) == &e);
  BOOST_TEST(table.Remove(e) == nullptr);
}

BOOST_AUTO_TEST_CASE(ARemovedSessionMayBeEnteredAgain) {
  Session& a = New(1);
  Session& b = New(2);
  table.Add(a);
  table.Add(b);
  BOOST_TEST(table.Remove(a) == &b);
  BOOST_TEST(!table.Add(a));
  BOOST_TEST(table.Remove(b) == &a);
}

/// The same by force: any order of coming and leaving, checked against one plain list a tuple.
BOOST_AUTO_TEST_CASE(AnyOrderAgreesWithPlainLists) {
  constexpr std::uint16_t kTuples = 5;
  Prng prng(11);
  std::vector<std::vector<Session*>> lines(kTuples);
  for (std::uint16_t step = 0; step < 2000; ++step) {
    const auto tuple = static_cast<std::uint16_t>(prng.Below(kTuples));
    std::vector<Session*>& line = lines[tuple];
    if (line.empty() || prng.Below(2) == 0) {
      Session& session = New(step, static_cast<std::uint16_t>(kPort + tuple));
      BOOST_REQUIRE(table.Add(session) == line.empty());
      line.push_back(&session);
    } else {
      const std::size_t place = prng.Below(line.size());
      Session* const leaver = line[place];
      line.erase(line.begin() + static_cast<std::ptrdiff_t>(place));
      Session* const heir = place == 0 && !line.empty() ? line.front() : nullptr;
      BOOST_REQUIRE(table.Remove(*leaver) == heir);
      BOOST_REQUIRE(table.FindCaptured(leaver->captured()) == nullptr);
    }
    const FlowKey key = Replayed(static_cast<std::uint16_t>(kPort + tuple));
    BOOST_REQUIRE(table.FindReplayed(key) == (line.empty() ? nullptr : line.front()));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
