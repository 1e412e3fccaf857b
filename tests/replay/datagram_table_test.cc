#include "src/replay/datagram_table.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

struct Nobody final : DatagramSession::Owner {
  void OnSessionDue(DatagramSession&) override {}
};

ClientFlow Client(std::uint16_t port, std::uint16_t copy = 0) {
  return {{{IpAddress::V4(1), port}, {IpAddress::V4(2), 53}}, copy};
}

FlowKey Replayed(std::uint16_t port) { return {{IpAddress::V4(3), port}, {IpAddress::V4(4), 53}}; }

struct Filled {
  explicit Filled(std::uint16_t count) {
    for (std::uint16_t port = 1; port <= count; ++port) Add(port);
  }
  DatagramSession& Add(std::uint16_t port) {
    return table.Create(nobody, Client(port), Replayed(port));
  }
  DatagramSession& At(std::uint16_t port) { return *table.FindReplayed(Replayed(port)); }
  /// The port of the one that would make room.
  int FirstToGo() {
    const auto any = [](const DatagramSession&) { return true; };
    const DatagramSession* const session = table.FirstToGo(any);
    return session == nullptr ? 0 : session->replayed().local.port;
  }

  Nobody nobody;
  DatagramTable table{4, 7};
};

BOOST_AUTO_TEST_CASE(FindsFromBothSidesUntilItIsGone) {
  Filled filled(2);
  DatagramSession& session = filled.At(1);
  BOOST_TEST(filled.table.FindCaptured(Client(1)) == &session);
  BOOST_TEST(filled.table.FindCaptured(Client(1, 1)) == nullptr);
  filled.table.LetGo(session);
  BOOST_TEST(filled.table.FindCaptured(Client(1)) == nullptr);
  BOOST_TEST(filled.table.FindReplayed(Replayed(1)) == &session);
  filled.table.Destroy(session);
  BOOST_TEST(filled.table.FindReplayed(Replayed(1)) == nullptr);
  BOOST_TEST(filled.table.size() == 1U);
  filled.table.Destroy(filled.At(2));
  BOOST_TEST(filled.table.FindCaptured(Client(2)) == nullptr);
  BOOST_TEST(filled.FirstToGo() == 0);
  BOOST_TEST(filled.table.LongestSilent() == nullptr);
}

BOOST_AUTO_TEST_CASE(ItsSizeIsBounded) {
  Filled filled(3);
  BOOST_TEST(!filled.table.full());
  filled.Add(4);
  BOOST_TEST(filled.table.full());
  filled.table.Destroy(filled.At(2));
  BOOST_TEST(!filled.table.full());
  filled.Add(9);
  BOOST_TEST(filled.table.full());
}

BOOST_AUTO_TEST_CASE(ThoseWhoseClientsAreGoneMakeRoomFirstThenTheLongestSilent) {
  Filled filled(4);
  BOOST_TEST(filled.FirstToGo() == 1);
  filled.table.Touch(filled.At(1));
  BOOST_TEST(filled.FirstToGo() == 2);
  BOOST_TEST(filled.table.LongestSilent() == &filled.At(2));
  filled.table.LetGo(filled.At(4));
  BOOST_TEST(filled.FirstToGo() == 4);
  filled.table.LetGo(filled.At(3));
  BOOST_TEST(filled.FirstToGo() == 4);
  BOOST_TEST(filled.table.LongestSilent() == &filled.At(2));
  const auto suits = [](const DatagramSession& each) { return each.replayed().local.port == 1; };
  BOOST_TEST(filled.table.FirstToGo(suits) == &filled.At(1));
}

BOOST_AUTO_TEST_CASE(AVisitMayDestroy) {
  Filled filled(4);
  filled.table.ForEach([&](DatagramSession& session) { filled.table.Destroy(session); });
  BOOST_TEST(filled.table.size() == 0U);
}

}  // namespace
}  // namespace tcpcopy
