#include "src/diagnosis/observation_json.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

IpAddress Address(const char* text) { return IpAddress::Parse(text).value(); }

Observation Full() {
  Observation seen;
  seen.host = "target";
  seen.kernel = "6.1.0";
  seen.probe = {{Address("10.0.1.2"), 4000}, {Address("10.0.2.2"), 80}};
  seen.addresses = {{"eth0", Address("10.0.2.2"), 24}, {"eth0", Address("2001:db8::2"), 64}};
  seen.to_client.problem = "no way to 10.0.1.2: Network is unreachable";
  seen.to_target = {"", "eth0", Address("10.0.2.9"), Address("10.0.2.2"), true};
  seen.forwards = true;
  seen.rp_filter = {{"eth0", 1}};
  seen.sightings = {{PacketKind::kSyn, false, "eth0", 3},
                    {PacketKind::kUnreachable, true, "eth0", 1, Address("10.0.2.9"), 3, 13}};
  seen.traced = true;
  seen.trace_problem = "none";
  seen.reached = {{PacketKind::kSyn, {"prerouting", "input"}}};
  seen.verdicts = {{PacketKind::kSyn, "input", "ip", "filter", "INPUT", "drop", true}};
  seen.counters = {{"IpOutNoRoutes", 3}};
  seen.old_iptables = true;
  seen.conntrack_count = 5;
  seen.conntrack_max = 100;
  return seen;
}

BOOST_AUTO_TEST_CASE(NothingIsLostOnTheWay) {
  const Observation sent = Full();
  const auto got = ParseObservation(ToJson(sent));
  BOOST_TEST_REQUIRE(got.has_value(), got.error());
  BOOST_TEST(ToJson(*got) == ToJson(sent));
  BOOST_TEST((got->probe == sent.probe));
  BOOST_TEST((got->addresses == sent.addresses));
  BOOST_TEST((got->to_client == sent.to_client));
  BOOST_TEST((got->to_target == sent.to_target));
  BOOST_TEST((got->sightings == sent.sightings));
  BOOST_TEST((got->verdicts == sent.verdicts));
  BOOST_TEST((got->reached == sent.reached));
  BOOST_TEST((got->counters == sent.counters));
  BOOST_TEST(got->forwards);
  BOOST_TEST(got->old_iptables);
  BOOST_TEST(got->conntrack_max == 100);
}

BOOST_AUTO_TEST_CASE(WhatIsMalformedIsAnErrorAndNothingElse) {
  const std::string good = ToJson(Full());
  for (const char* const text :
       {"", "{", "[]", "1", "null", "{}", R"({"client":{"address":"x","port":1}})",
        R"({"client":{"address":"10.0.0.1","port":"x"},"target":{}})"}) {
    BOOST_TEST(!ParseObservation(text), text);
  }
  const auto with = [&](std::string_view part, std::string_view instead) {
    std::string text = good;
    const std::size_t at = text.find(part);
    BOOST_TEST_REQUIRE(at != std::string::npos, part);
    return text.replace(at, part.size(), instead);
  };
  BOOST_TEST(!ParseObservation(with("\"packet\":\"syn\"", "\"packet\":\"fin\"")));
  BOOST_TEST(!ParseObservation(with("\"prefix\":24", "\"prefix\":33")));
  BOOST_TEST(!ParseObservation(with("\"count\":3", "\"count\":\"many\"")));
  BOOST_TEST(!ParseObservation(with("\"10.0.2.9\"", "\"gateway\"")));
  BOOST_TEST(!ParseObservation(with("\"verdicts\":[{", "\"verdicts\":[1,{")));
  BOOST_TEST(ParseObservation(with("\"forwards\"", "\"unknown\"")).has_value());
}

BOOST_AUTO_TEST_CASE(TextFromAfarCannotSteerATerminal) {
  Observation sent = Full();
  sent.verdicts[0].rule = "drop \x1b[2J\n";
  BOOST_TEST(ParseObservation(ToJson(sent)).value().verdicts[0].rule == "drop ?[2J?");
}

BOOST_AUTO_TEST_CASE(NamesFromAfarCannotBecomeCommands) {
  Observation sent = Full();
  sent.verdicts[0].chain = "c; reboot";
  sent.sightings[0].interface = "eth0.7$(x)";
  const Observation got = ParseObservation(ToJson(sent)).value();
  BOOST_TEST(got.verdicts[0].chain == "c??reboot");
  BOOST_TEST(got.sightings[0].interface == "eth0.7??x?");
}

BOOST_AUTO_TEST_CASE(ItStaysSmallEnoughToTravel) {
  Observation sent = Full();
  sent.verdicts[0].rule = std::string(10'000, '\xff');
  sent.sightings.assign(1000, sent.sightings[1]);
  sent.verdicts.assign(1000, sent.verdicts[0]);
  sent.addresses.assign(1000, sent.addresses[1]);
  for (int i = 0; i < 1000; ++i) sent.rp_filter["interface" + std::to_string(i)] = 1;
  BOOST_TEST(ToJson(sent).size() <= kMaxObservationBytes);
  BOOST_TEST(ParseObservation(ToJson(sent)).has_value());
}

}  // namespace
}  // namespace tcpcopy
