#include "src/replay/list_addresses.h"

#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/replay/addresses.h"

namespace tcpcopy {
namespace {

using testing::AllFree;
using testing::At;
using testing::LiveWhere;
using testing::Text;

const Endpoint kTarget = At("10.9.9.9", 8080);
const Endpoint kTarget6 = At("2001:db8:9::9", 8080);

ListAddresses List(const std::vector<const char*>& networks) {
  std::vector<Network> parsed;
  for (const char* text : networks) parsed.push_back(Network::Parse(text).value());
  return ListAddresses(
      parsed, [](const IpAddress& address) { return address == IpAddress::Parse("10.1.0.7"); },
      {5000, 5001, 5002}, PortShare());
}

/// All addresses that many clients get.
std::set<IpAddress> Given(ListAddresses list, const Endpoint& target = kTarget) {
  std::set<IpAddress> given;
  for (std::uint32_t i = 0; i < 4000; ++i) {
    const auto local = list.Claim({{IpAddress::V4(0xc0000000U + i), 4000}, target}, AllFree);
    BOOST_TEST_REQUIRE(local.has_value());
    given.insert(local->address);
  }
  return given;
}

IpAddress Ip(const char* text) { return *IpAddress::Parse(text); }

BOOST_AUTO_TEST_CASE(AClientHasTheSameAddressInEveryRunAndKeepsItsPort) {
  const auto first = List({"10.2.0.0/16"}).Claim({At("192.0.2.1", 4000), kTarget}, AllFree);
  BOOST_TEST_REQUIRE(first.has_value());
  BOOST_TEST(first->port == 4000);
  const auto again = List({"10.2.0.0/16"}).Claim({At("192.0.2.1", 4001), kTarget}, AllFree);
  BOOST_TEST((again->address == first->address));
  BOOST_TEST(again->port == 4001);
  const auto other = List({"10.2.0.0/16"}).Claim({At("192.0.2.2", 4000), kTarget}, AllFree);
  BOOST_TEST((other->address != first->address));
}

BOOST_AUTO_TEST_CASE(ClientsSpreadOverAllUsableAddresses) {
  struct Row {
    std::vector<const char*> networks;
    std::size_t usable;
    const char* not_given;
  };
  const Row table[] = {
      {{"10.2.0.1"}, 1, "10.2.0.0"},
      {{"10.2.0.0/32"}, 1, "10.2.0.1"},
      {{"10.2.0.0/31"}, 2, "10.2.0.2"},
      {{"10.2.0.0/30"}, 2, "10.2.0.0"},
      {{"10.2.0.0/30"}, 2, "10.2.0.3"},
      {{"10.2.0.0/24"}, 254, "10.2.0.0"},
      {{"10.2.0.0/24"}, 254, "10.2.0.255"},
      {{"10.2.0.0/29", "10.3.0.4", "2001:db8::/64"}, 7, "10.2.0.7"},
      {{"10.9.9.8/30"}, 1, "10.9.9.9"},  // the target's own
  };
  for (const Row& row : table) {
    const std::set<IpAddress> given = Given(List(row.networks));
    BOOST_TEST(given.size() == row.usable, row.networks[0]);
    BOOST_TEST(!given.contains(Ip(row.not_given)), row.not_given);
    for (const IpAddress& address : given) {
      BOOST_TEST(std::ranges::any_of(row.networks, [&](const char* network) {
        return Network::Parse(network)->Contains(address);
      }));
    }
  }
}

BOOST_AUTO_TEST_CASE(HugeNetworksSpreadClientsToo) {
  for (const char* network : {"11.0.0.0/8", "128.0.0.0/1"}) {
    const std::set<IpAddress> given = Given(List({network}));
    BOOST_TEST(given.size() > 3900U);
    for (const IpAddress& address : given) BOOST_TEST(Network::Parse(network)->Contains(address));
  }
  for (const char* network : {"2001:db8::/64", "2001:db8::/32", "::/1", "2001:db8::ff00/120"}) {
    const std::set<IpAddress> given = Given(List({network}), kTarget6);
    BOOST_TEST(given.size() > 254U);
    BOOST_TEST(!given.contains(Network::Parse(network)->address));
    for (const IpAddress& address : given) BOOST_TEST(Network::Parse(network)->Contains(address));
  }
}

BOOST_AUTO_TEST_CASE(APortInUseIsReplacedAndNothingIsGivenTwice) {
  ListAddresses list = List({"10.2.0.1"});
  std::set<Endpoint> used;
  const auto in_use = LiveWhere([&](const FlowKey& flow) { return used.contains(flow.local); });
  const auto claim = [&](std::uint16_t port) {
    const auto local = list.Claim({At("192.0.2.1", port), kTarget}, in_use);
    if (local) BOOST_REQUIRE(used.insert(*local).second);
    return local;
  };
  BOOST_TEST(Text(claim(65534)) == "10.2.0.1:65534");
  BOOST_TEST(Text(claim(65534)) == "10.2.0.1:1024");
  BOOST_TEST(Text(claim(80)) == "10.2.0.1:1025");
  BOOST_TEST(Text(claim(1026)) == "10.2.0.1:1026");
  BOOST_TEST(Text(claim(1026)) == "10.2.0.1:1027");
  for (std::size_t i = used.size(); i < 65536 - 1024; ++i) BOOST_REQUIRE(claim(30'000));
  BOOST_TEST(Text(claim(30'000)) == "none");
  used.erase(At("10.2.0.1", 7777));
  std::optional<Endpoint> found;
  for (int i = 0; i < 65536 / PortFinder::kMaxTries && !found; ++i) found = claim(30'000);
  BOOST_TEST(Text(found) == "10.2.0.1:7777");
  // The same endpoint towards another target is another 4-tuple.
  BOOST_TEST(list.Claim({At("192.0.2.1", 4000), At("10.9.9.8", 1)}, AllFree).has_value());
}

BOOST_AUTO_TEST_CASE(AnAddressOfThisHostIsUsedWithItsFreePortsInTurn) {
  ListAddresses list = List({"10.1.0.7"});
  for (const char* expected :
       {"10.1.0.7:5000", "10.1.0.7:5001", "10.1.0.7:5002", "10.1.0.7:5000"}) {
    BOOST_TEST(Text(list.Claim({At("192.0.2.1", 4000), kTarget}, AllFree)) == expected);
  }
  const auto only_5001 = LiveWhere([](const FlowKey& flow) { return flow.local.port != 5001; });
  BOOST_TEST(Text(list.Claim({At("192.0.2.1", 4000), kTarget}, only_5001)) == "10.1.0.7:5001");
  const auto all = LiveWhere([](const FlowKey&) { return true; });
  BOOST_TEST(Text(list.Claim({At("192.0.2.1", 4000), kTarget}, all)) == "none");
}

BOOST_AUTO_TEST_CASE(EachCopyHasTheNextAddress) {
  ListAddresses list = List({"10.2.0.0/29"});  // six usable
  std::set<IpAddress> addresses;
  for (std::uint16_t copy = 0; copy < 6; ++copy) {
    const auto local = list.Claim({At("192.0.2.1", 4000), kTarget, copy}, AllFree);
    BOOST_TEST(local->port == 4000);
    BOOST_TEST(addresses.insert(local->address).second);
  }
  const auto again = list.Claim({At("192.0.2.1", 4000), kTarget, 6}, AllFree);
  BOOST_TEST(addresses.contains(again->address));
}

BOOST_AUTO_TEST_CASE(AFamilyWithoutAddressesHasNone) {
  BOOST_TEST(Text(List({"10.2.0.0/16"}).Claim({At("192.0.2.1", 1), kTarget6}, AllFree)) == "none");
  BOOST_TEST(Text(List({"2001:db8::/64"}).Claim({At("192.0.2.1", 1), kTarget}, AllFree)) == "none");
  // Of a client of the other family.
  BOOST_TEST((List({"10.2.0.0/16"}).Claim({At("2001:db8::1", 1), kTarget}, AllFree).has_value()));
  // The only address is the target's.
  BOOST_TEST(Text(List({"10.9.9.9"}).Claim({At("192.0.2.1", 1), kTarget}, AllFree)) == "none");
}

BOOST_AUTO_TEST_CASE(ShiftedClientsStayWithinTheList) {
  const std::vector<Network> list{Network::Parse("10.2.0.0/24").value()};
  ListAddresses shifted(list, [](const IpAddress&) { return false; }, {5000}, PortShare(),
                        {.step = 1, .copies = 2});
  std::set<IpAddress> given;
  for (std::uint64_t round = 0; round < 127; ++round) {
    for (std::uint16_t copy = 0; copy < 2; ++copy) {
      const auto local = shifted.Claim({At("192.0.2.1", 4000), kTarget, copy, round}, AllFree);
      BOOST_TEST_REQUIRE(local.has_value());
      BOOST_TEST((local->address.v4() >> 8 == 0x0A0200U));
      given.insert(local->address);
    }
  }
  BOOST_TEST(given.size() == 254U);  // all of the network's
}

}  // namespace
}  // namespace tcpcopy
