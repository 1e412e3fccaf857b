#include "src/replay/port_share.h"

#include <boost/test/unit_test.hpp>
#include <vector>

namespace tcpcopy {
namespace {

std::vector<int> OwnersOfEachPort(const std::vector<PortShare>& shares) {
  std::vector<int> owners(65536);
  for (const PortShare& share : shares) {
    for (std::uint32_t port = PortShare::kFirstPort; port < 65536; ++port) {
      if (share.Contains(static_cast<std::uint16_t>(port))) ++owners[port];
    }
  }
  return owners;
}

int SizeOf(const PortShare& share) {
  int size = 0;
  for (const int owners : OwnersOfEachPort({share})) size += owners;
  return size;
}

BOOST_AUTO_TEST_CASE(WithoutAShareAllPortsAreOurs) {
  BOOST_TEST(SizeOf(PortShare()) == 65536 - 1024);
  BOOST_TEST(PortShare().IsAll());
}

BOOST_AUTO_TEST_CASE(NoTwoInstancesHaveAPortInCommon) {
  std::vector<PortShare> shares;
  for (std::uint32_t i = 0; i < PortShare::kInstances; ++i)
    shares.push_back(PortShare::Numbered(i));
  for (const int owners : OwnersOfEachPort(shares)) BOOST_REQUIRE(owners <= 1);
}

BOOST_AUTO_TEST_CASE(TheInstancesOfAKnownNumberHaveAllPortsBetweenThem) {
  for (const std::uint32_t count : {1U, 2U, 3U, 7U, 1024U}) {
    std::vector<PortShare> shares;
    for (std::uint32_t i = 0; i < count; ++i) shares.push_back(PortShare::OneOf(i, count));
    const std::vector<int> owners = OwnersOfEachPort(shares);
    for (std::size_t port = 1024; port < owners.size(); ++port) BOOST_REQUIRE(owners[port] == 1);
  }
}

BOOST_AUTO_TEST_CASE(LowNumbersHaveLargeSharesAndNoneIsLeftWithNothing) {
  BOOST_TEST(SizeOf(PortShare::Numbered(0)) > 15'000);
  BOOST_TEST(SizeOf(PortShare::Numbered(1)) > 4'000);
  BOOST_TEST(SizeOf(PortShare::Numbered(2)) > 4'000);
  BOOST_TEST(SizeOf(PortShare::Numbered(6)) > 1'000);
  for (std::uint32_t i = 0; i < PortShare::kInstances; ++i) {
    BOOST_REQUIRE(SizeOf(PortShare::Numbered(i)) >= 31);
  }
}

BOOST_AUTO_TEST_CASE(TheWorkersOfAnInstanceHaveItsPortsBetweenThem) {
  for (const PortShare& share :
       {PortShare(), PortShare::OneOf(1, 4), PortShare::Numbered(0), PortShare::Numbered(5)}) {
    std::vector<PortShare> workers;
    for (std::uint32_t i = 0; i < 4; ++i) {
      workers.push_back(share.Within({i, 4}));
      BOOST_TEST(!workers.back().IsEmpty());
      BOOST_TEST(!workers.back().IsAll());
      BOOST_TEST(SizeOf(workers.back()) * 5 > SizeOf(share));
    }
    BOOST_TEST((OwnersOfEachPort(workers) == OwnersOfEachPort({share})));
  }
}

BOOST_AUTO_TEST_CASE(ATinyShareMayHaveNothingForAWorker) {
  bool any_is_empty = false;
  for (std::uint32_t i = 0; i < 64; ++i) {
    if (PortShare::Numbered(1023).Within({i, 64}).IsEmpty()) any_is_empty = true;
  }
  BOOST_TEST(any_is_empty);
}

}  // namespace
}  // namespace tcpcopy
