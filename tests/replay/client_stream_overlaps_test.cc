#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "netstack/base/prng.h"
#include "tests/replay/stream_client.h"

// Captures that hold a byte of the client twice, with different values: the copy captured first is
// the client's, and the others are counted.

namespace tcpcopy {
namespace {

using testing::StreamClient;

BOOST_AUTO_TEST_CASE(ARetransmissionWithOtherBytesChangesNothingAndIsCounted) {
  StreamClient client;
  client.Says(0, "hello");
  client.Says(0, "hexxo world");
  BOOST_TEST(client.bytes == "hello world");
  BOOST_TEST(client.stream.conflicting_bytes() == 2U);
}

BOOST_AUTO_TEST_CASE(AmongHeldBytesTheFirstOnesWin) {
  StreamClient client;
  client.Says(4, "4567");
  client.Says(2, "xxxxxxxxxx");  // 2, 3 and 8..11 are new
  client.Says(0, "01");
  BOOST_TEST(client.bytes == "01xx4567xxxx");
  BOOST_TEST(client.stream.conflicting_bytes() == 4U);
}

BOOST_AUTO_TEST_CASE(HeldBytesWinAgainstThoseThatFillTheHole) {
  StreamClient client;
  client.Says(2, "23");
  client.Says(6, "67");
  client.Says(0, "0xxxxx6x89");
  BOOST_TEST(client.bytes == "0x23xx6789");
  BOOST_TEST(client.stream.conflicting_bytes() == 3U);
}

BOOST_AUTO_TEST_CASE(AKeepAliveProbesGarbageIsNoConflict) {
  StreamClient client;
  client.Says(0, "hello");
  client.Says(4, std::string(1, '\0'));
  BOOST_TEST(client.stream.conflicting_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(BytesBehindTheFinAreNoneOfTheStreams) {
  StreamClient client;
  client.Says(0, "hello", 0, TcpFlags::kFin);
  client.Says(3, "lo world");
  client.Says(8, "rld");
  BOOST_TEST(client.bytes == "hello");
  BOOST_TEST(client.stream.HasFin());
  BOOST_TEST(!client.stream.HasGap());
  BOOST_TEST(client.stream.conflicting_bytes() == 9U);
}

/// What must come out, by the plainest means: an array in which each place is written once.
struct Model {
  void Take(std::size_t offset, const std::string& text) {
    const bool probe = text.size() == 1 && offset + 1 == Known();
    for (std::size_t i = 0; i < text.size(); ++i) {
      int& place = places[offset + i];
      if (place < 0) place = static_cast<unsigned char>(text[i]);
      if (place != static_cast<unsigned char>(text[i]) && !probe) ++conflicting;
    }
  }
  std::size_t Known() const {
    return static_cast<std::size_t>(std::find(places.begin(), places.end(), -1) - places.begin());
  }
  std::string Bytes() const { return {places.begin(), places.begin() + Known()}; }

  std::vector<int> places;
  std::uint64_t conflicting = 0;
};

BOOST_AUTO_TEST_CASE(AnySegmentationOrderAndConflictAgreesWithAByteArray) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Prng prng(seed);
    const std::size_t size = 1 + prng.Below(seed % 3 == 0 ? 20'000 : 200);
    const std::size_t longest = 1 + prng.Below(seed % 3 == 0 ? 6000 : 40);
    const std::uint64_t damage = prng.Below(3) * 20;  // per cent of the segments
    StreamClient client(0xffffffffU - static_cast<std::uint32_t>(prng.Below(size + 1)), 4096);
    Model model{std::vector<int>(size + 1, -1)};
    std::string text(size, '.');
    for (char& c : text) c = static_cast<char>(prng.Below(256));
    for (int step = 0; step < 400 && model.Known() < size; ++step) {
      // Mostly near the front, so that it moves.
      const std::size_t from = prng.Below(3) == 0 ? 0 : std::min(model.Known(), size - 1);
      const std::size_t offset = from + prng.Below(std::min(size - from, 3 * longest));
      std::string part = text.substr(offset, 1 + prng.Below(longest));
      if (prng.Below(100) < damage) part[prng.Below(part.size())] ^= 1;
      const std::size_t known = model.Known();
      model.Take(offset, part);
      const auto verdict = client.Says(static_cast<std::uint32_t>(offset), part,
                                       static_cast<std::uint32_t>(prng.Below(3)));
      BOOST_REQUIRE(verdict == (model.Known() > known ? ClientStream::Verdict::kProgress
                                                      : ClientStream::Verdict::kNothingNew));
      BOOST_REQUIRE_EQUAL(client.stream.bytes(), model.Known());
      BOOST_REQUIRE_EQUAL(client.stream.conflicting_bytes(), model.conflicting);
    }
    BOOST_REQUIRE(client.bytes == model.Bytes());
    while (client.stream.Next()) client.stream.TakeNext();
    client.stream.OnAcknowledged(size);
    if (!client.stream.HasGap()) BOOST_REQUIRE_EQUAL(client.pool.in_use(), 0U);
  }
}

}  // namespace
}  // namespace tcpcopy
