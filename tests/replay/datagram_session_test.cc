#include "src/replay/datagram_session.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

const DatagramSession::Patience kPatience{.unanswered = 5s, .answered = 500ms};
const Instant kStart = Instant(100s);

struct Nobody final : DatagramSession::Owner {
  void OnSessionDue(DatagramSession&) override {}
};

struct Played {
  Nobody owner;
  DatagramSession session{owner, {}, {}};

  Played& Sends(Instant at) {
    session.OnCaptured(10, 1s);
    session.OnSent(10, at);
    return *this;
  }
  Outcome After(Duration time) { return session.OutcomeAt(kStart + time, kPatience); }
};

BOOST_AUTO_TEST_CASE(EachReplyAnswersTheOldestDatagramWithoutOne) {
  Played p;
  p.Sends(kStart).Sends(kStart);
  BOOST_TEST(p.session.OnReply(kStart + 1s));
  BOOST_TEST(p.session.OnReply(kStart + 1s));
  BOOST_TEST(!p.session.OnReply(kStart + 1s));
  p.Sends(kStart + 2s);
  BOOST_TEST(p.session.OnReply(kStart + 3s));
}

BOOST_AUTO_TEST_CASE(WithoutAnAnswerTheWaitIsLong) {
  Played p;
  p.Sends(kStart).Sends(kStart + 1s);
  p.session.OnReply(kStart + 2s);
  BOOST_TEST((p.session.EndsAt(kPatience) == kStart + 6s));
  p.session.OnReply(kStart + 3s);
  BOOST_TEST((p.session.EndsAt(kPatience) == kStart + 3500ms));
  p.session.OnReply(kStart + 4s);
  BOOST_TEST((p.session.EndsAt(kPatience) == kStart + 4500ms));
}

BOOST_AUTO_TEST_CASE(OneReplyMakesItAnswered) {
  Played p;
  p.Sends(kStart);
  BOOST_TEST((p.After(5s) == Outcome::kUnanswered));
  p.session.OnUnreachable(kStart);
  BOOST_TEST((p.After(5s) == Outcome::kRefusedByTarget));
  p.session.OnReply(kStart + 1s);
  BOOST_TEST((p.After(5s) == Outcome::kAnswered));
}

BOOST_AUTO_TEST_CASE(AnAnswerThatCouldStillComeIsNotSaidToBeMissing) {
  Played p;
  p.Sends(kStart);
  BOOST_TEST(p.session.AwaitsAnswer(kStart + 4999ms, kPatience));
  BOOST_TEST(!p.session.AwaitsAnswer(kStart + 5s, kPatience));
  BOOST_TEST((p.After(4999ms) == Outcome::kEndedByUs));
  BOOST_TEST((p.After(5s) == Outcome::kUnanswered));
}

BOOST_AUTO_TEST_CASE(WithoutAnythingSentTheReasonCounts) {
  Played p;
  p.session.OnCaptured(10, 1s);
  BOOST_TEST((p.After(9s) == Outcome::kEndedByUs));
  p.session.OnNotSent(Outcome::kCaptureGap);
  BOOST_TEST((p.After(9s) == Outcome::kCaptureGap));
  p.Sends(kStart);
  BOOST_TEST((p.After(9s) == Outcome::kUnanswered));
  const SessionTotals expected{
      .sessions = 1, .requests = 2, .requests_delivered = 1, .bytes = 20, .bytes_delivered = 10};
  BOOST_TEST((p.session.totals() == expected));
}

}  // namespace
}  // namespace tcpcopy
