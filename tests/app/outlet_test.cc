#include "src/app/outlet.h"

#include <boost/test/unit_test.hpp>

#include "tests/app/options/parsed_options.h"
#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

using testing::Good;

struct OneLink : testing::InNetworkNamespace {
  OneLink() {
    testing::Shell(
        "ip link add name v0 mtu 1400 type veth peer name v1 && ip link set v0 up && "
        "ip link set v1 up && ip addr add 10.1.0.1/24 dev v0 && "
        "ip route add 10.2.0.0/16 via 10.1.0.9 && "
        "ip neigh add 10.1.0.9 lladdr 02:00:5e:10:00:09 nud permanent dev v0");
  }
};
BOOST_TEST_GLOBAL_FIXTURE(OneLink);

BOOST_AUTO_TEST_CASE(WithIpTheKernelRoutes) {
  const auto outlet =
      Outlet::Open(Good({"-x", "80-10.2.0.2:80,81-127.0.0.1:80", "-M", "1400", "--send=ip"}));
  BOOST_TEST_REQUIRE(outlet.has_value());
  BOOST_TEST((*outlet)->mtu() == 1400U);
  BOOST_TEST((*outlet)->description() == "sending raw IP packets, which the kernel routes");
  BOOST_TEST((*Outlet::Open(Good({"-x", "81-127.0.0.1:80", "-M", "9000"})))->mtu() == 9000U);
}

constexpr const char* kByV0 =
    "sending at the link layer: 10.2.0.2 by v0 to 02:00:5e:10:00:09 (10.1.0.9)";

BOOST_AUTO_TEST_CASE(ByItselfItIsTheLinkLayerWhereThatLeadsToTheTarget) {
  const auto outlet = Outlet::Open(Good({"-x", "80-10.2.0.2:80", "-M", "1400"}));
  BOOST_TEST_REQUIRE(outlet.has_value());
  BOOST_TEST((*outlet)->description() == kByV0);
  Departure departure;
  BOOST_TEST((*outlet)->path().Prepare(IpAddress::Parse("10.2.0.2").value(), departure) >= 0);
  BOOST_TEST(departure.link_header_length == 14U);
  BOOST_TEST((*Outlet::Open(Good({"-x", "81-127.0.0.1:80"})))->description() ==
             "sending raw IP packets, which the kernel routes");
  const auto both = Outlet::Open(Good({"-x", "80-10.2.0.2:80,81-127.0.0.1:80", "-M", "1400"}));
  BOOST_TEST((*both)->description() ==
             std::string(kByV0) + "; to other targets raw IP packets, which the kernel routes");
  BOOST_TEST((*both)->path().Prepare(IpAddress::Parse("127.0.0.1").value(), departure) >= 0);
  BOOST_TEST(departure.link_header_length == 0U);
}

BOOST_AUTO_TEST_CASE(ANextHopThatIsNotKnownYetIsForIp) {
  const auto outlet = Outlet::Open(Good({"-x", "80-10.1.0.8:80", "-M", "1400"}));
  const IpAddress target = IpAddress::Parse("10.1.0.8").value();
  Departure departure;
  BOOST_TEST((*outlet)->path().Prepare(target, departure) >= 0);
  BOOST_TEST(departure.link_header_length == 0U);
  const std::uint32_t before = (*outlet)->path().version();
  testing::Shell("ip neigh replace 10.1.0.8 lladdr 02:00:5e:10:00:08 nud permanent dev v0");
  BOOST_TEST((*outlet)->OnSecond({}).empty());
  BOOST_TEST((*outlet)->path().version() != before);
  BOOST_TEST((*outlet)->path().Prepare(target, departure) >= 0);
  BOOST_TEST(departure.link_header_length == 14U);
}

constexpr TargetContact kUnasked{};
constexpr TargetContact kSilent{.was_asked = true};
constexpr TargetContact kAnswering{.was_asked = true, .has_spoken = true};

BOOST_AUTO_TEST_CASE(ATargetThatAnswersNothingIsSentIpFromThenOn) {
  testing::Shell("ip neigh replace 10.1.0.7 lladdr 02:00:5e:10:00:07 nud permanent dev v0");
  const auto outlet = Outlet::Open(Good({"-x", "80-10.2.0.2:80,81-10.1.0.7:80", "-M", "1400"}));
  const IpAddress silent = IpAddress::Parse("10.2.0.2").value();
  const IpAddress other = IpAddress::Parse("10.1.0.7").value();
  const auto on_second = [&](const TargetContact& contact) {
    return (*outlet)->OnSecond({{silent, contact}, {other, kAnswering}});
  };
  for (int i = 0; i < 10; ++i) BOOST_TEST(on_second(kUnasked).empty());
  for (int i = 0; i < Outlet::kSilentSeconds; ++i) BOOST_TEST(on_second(kSilent).empty());
  const std::vector<std::string> news = on_second(kSilent);
  BOOST_TEST_REQUIRE(news.size() == 1U);
  BOOST_TEST(news.front().starts_with("10.2.0.2 answers nothing of what is sent at the link "));
  Departure departure;
  BOOST_TEST((*outlet)->path().Prepare(silent, departure) >= 0);
  BOOST_TEST(departure.link_header_length == 0U);
  BOOST_TEST((*outlet)->path().Prepare(other, departure) >= 0);
  BOOST_TEST(departure.link_header_length == 14U);
  for (int i = 0; i < 10; ++i) BOOST_TEST(on_second(kSilent).empty());  // said once
}

BOOST_AUTO_TEST_CASE(OnlyWhatWasChosenByItselfIsGivenUp) {
  const IpAddress target = IpAddress::Parse("10.2.0.2").value();
  const auto chosen = Outlet::Open(Good({"-x", "80-10.2.0.2:80", "-M", "1400"}));
  Departure departure;
  BOOST_TEST((*chosen)->GiveUpFramesTo(target));
  BOOST_TEST(!(*chosen)->GiveUpFramesTo(target));  // there are none now
  (*chosen)->ReturnToFramesTo(target);
  BOOST_TEST((*chosen)->path().Prepare(target, departure) >= 0);
  BOOST_TEST(departure.link_header_length == 14U);
  for (const char* send : {"--send=link", "--send=ip"}) {
    const auto asked = Outlet::Open(Good({"-x", "80-10.2.0.2:80", "-M", "1400", send}));
    BOOST_TEST(!(*asked)->GiveUpFramesTo(target));
    for (int i = 0; i < 10; ++i) BOOST_TEST((*asked)->OnSecond({{target, kSilent}}).empty());
  }
}

BOOST_AUTO_TEST_CASE(WhoAnswersInTimeIsNotSilent) {
  const auto outlet = Outlet::Open(Good({"-x", "80-10.2.0.2:80", "-M", "1400"}));
  const IpAddress target = IpAddress::Parse("10.2.0.2").value();
  for (int i = 0; i < Outlet::kSilentSeconds; ++i) {
    BOOST_TEST((*outlet)->OnSecond({{target, kSilent}}).empty());
  }
  for (int i = 0; i < 10; ++i) BOOST_TEST((*outlet)->OnSecond({{target, kAnswering}}).empty());
}

BOOST_AUTO_TEST_CASE(OnlyFramesHaveToBeAnsweredInTime) {
  const auto outlet = Outlet::Open(Good({"-x", "80-10.1.0.6:80", "-M", "1400"}));
  const IpAddress target = IpAddress::Parse("10.1.0.6").value();
  const auto on_second = [&] { return (*outlet)->OnSecond({{target, kSilent}}); };
  for (int i = 0; i < 10; ++i) BOOST_TEST(on_second().empty());  // its MAC is not known
  testing::Shell("ip neigh replace 10.1.0.6 lladdr 02:00:5e:10:00:06 nud permanent dev v0");
  for (int i = 0; i < Outlet::kSilentSeconds; ++i) BOOST_TEST(on_second().empty());
  BOOST_TEST(on_second().size() == 1U);
}

BOOST_AUTO_TEST_CASE(WhatIpsecMayHaveToEncryptGoesThroughIp) {
  testing::Shell(
      "ip xfrm policy add src 10.0.0.0/8 dst 10.3.0.0/16 dir out tmpl src 10.1.0.1 dst 10.3.0.1 "
      "proto esp mode tunnel");
  const auto outlet = Outlet::Open(Good({"-x", "80-10.2.0.2:80", "-M", "1400"}));
  BOOST_TEST((*outlet)->description() == "sending raw IP packets, which the kernel routes");
  testing::Shell("ip xfrm policy flush");
}

BOOST_AUTO_TEST_CASE(TheLinkLayerCanBeAskedForWithoutADevice) {
  const auto outlet = Outlet::Open(Good({"-x", "80-10.2.0.2:80", "-M", "1400", "--send=link"}));
  BOOST_TEST_REQUIRE(outlet.has_value());
  BOOST_TEST((*outlet)->description() == kByV0);
  const auto none = Outlet::Open(Good({"-x", "80-127.0.0.1:80", "--send=link"}));
  BOOST_TEST_REQUIRE(!none.has_value());
  BOOST_TEST(none.error().message.starts_with("--send: 127.0.0.1 is this host"));
}

BOOST_AUTO_TEST_CASE(WhatTheDeviceDoesNotTakeIsNotSent) {
  const auto outlet =
      Outlet::Open(Good({"-x", "80-10.2.0.2:80,81-127.0.0.1:80", "-M", "9000", "--send=ip"}));
  BOOST_TEST_REQUIRE(outlet.has_value());
  BOOST_TEST((*outlet)->mtu() == 1400U);
  BOOST_TEST((*outlet)->description() ==
             "sending raw IP packets, which the kernel routes; in packets of 1400 bytes at most, "
             "for the way takes no more");
}

BOOST_AUTO_TEST_CASE(WithONoPacketIsLargerThanTheDeviceTakes) {
  const auto outlet = Outlet::Open(Good({"-x", "80-10.2.0.2:80", "-o", "v0"}));
  BOOST_TEST_REQUIRE(outlet.has_value());
  BOOST_TEST((*outlet)->mtu() == 1400U);
  BOOST_TEST((*outlet)->description() ==
             "sending at the link layer: 10.2.0.2 by v0 to 02:00:5e:10:00:09 (10.1.0.9); in "
             "packets of 1400 bytes at most, for the way takes no more");
  BOOST_TEST((*Outlet::Open(Good({"-x", "80-10.2.0.2:80", "-o", "v0", "-M", "600"})))->mtu() ==
             600U);
}

BOOST_AUTO_TEST_CASE(AMacOfTheMapNeedsNoNeighbour) {
  const auto outlet = Outlet::Open(
      Good({"-x", "80-10.1.0.7:80@02:00:5e:10:00:07,81-10.2.0.2:80", "-o", "v0", "-M", "1400"}));
  BOOST_TEST_REQUIRE(outlet.has_value());
  BOOST_TEST((*outlet)->description() ==
             "sending at the link layer: 10.1.0.7 by v0 to 02:00:5e:10:00:07; "
             "10.2.0.2 by v0 to 02:00:5e:10:00:09 (10.1.0.9)");
}

BOOST_AUTO_TEST_CASE(WhatCannotWorkNamesTheOption) {
  for (const char* device : {"lo", "v9"}) {
    const auto outlet = Outlet::Open(Good({"-x", "80-10.2.0.2:80", "-o", device}));
    BOOST_TEST_REQUIRE(!outlet.has_value());
    BOOST_TEST(outlet.error().message.starts_with(std::string("-o: interface ") + device));
  }
}

}  // namespace
}  // namespace tcpcopy
