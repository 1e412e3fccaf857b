#include "netstack/tcp/isn_generator.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""us;
using std::chrono_literals::operator""min;

const FlowKey kFlow{{IpAddress::V4(1), 1000}, {IpAddress::V4(2), 80}};
const Instant kStart = Instant{} + std::chrono::hours(100);

BOOST_AUTO_TEST_CASE(GrowsByOneEveryFourMicroseconds) {  // RFC 6528 3
  const IsnGenerator generator(42);
  const SeqNum first = generator.Next(kFlow, kStart);
  BOOST_TEST((generator.Next(kFlow, kStart + 4us) - first == 1));
  BOOST_TEST((generator.Next(kFlow, kStart + 1min) - first == 15'000'000));
}

BOOST_AUTO_TEST_CASE(ReusedPortsContinueAboveTheOldConnection) {
  const IsnGenerator generator(42);
  SeqNum last = generator.Next(kFlow, kStart);
  for (int i = 1; i < 1000; ++i) {
    const SeqNum next = generator.Next(kFlow, kStart + i * 1min);
    BOOST_TEST((next > last));
    last = next;
  }
}

BOOST_AUTO_TEST_CASE(DependsOnFlowAndSecret) {
  const IsnGenerator generator(42);
  FlowKey other = kFlow;
  other.local.port = 1001;
  BOOST_TEST((generator.Next(kFlow, kStart) != generator.Next(other, kStart)));
  BOOST_TEST((generator.Next(kFlow, kStart) != IsnGenerator(43).Next(kFlow, kStart)));
}

}  // namespace
}  // namespace tcpcopy
