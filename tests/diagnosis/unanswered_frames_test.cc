#include <boost/test/unit_test.hpp>

#include "src/diagnosis/diagnose_probe.h"

namespace tcpcopy {
namespace {

/// From this host's own address; what leaves is seen, and an answer where there is one.
ProbeEvidence Probed(bool answered) {
  ProbeEvidence e;
  e.probe = {{IpAddress::V4(0x0a000201), 4000}, {IpAddress::V4(0x0a000202), 80}};
  e.here.probe = e.probe;
  e.here.to_target.interface = "eth1";
  e.here.sightings.push_back({.kind = PacketKind::kSyn, .outgoing = true, .interface = "eth1"});
  if (answered) {
    e.here.sightings.push_back({.kind = PacketKind::kSynAck, .interface = "eth1"});
  }
  return e;
}

BOOST_AUTO_TEST_CASE(AreAWarningWhereAReplayGoesOverToIp) {
  ProbeEvidence e = Probed(true);
  BOOST_TEST((DiagnoseProbe(e).front().severity == Severity::kFine));
  e.only_by_ip = true;
  const Findings findings = DiagnoseProbe(e);
  BOOST_TEST(Healthy(findings));
  BOOST_TEST(findings.front().id == "frames-unanswered");
  BOOST_TEST((findings.front().severity == Severity::kWarning));
  BOOST_TEST(findings.front().fix == "tcpcopy --send=ip");
}

/// A router, or a host with the wrong MAC, says that it has no way.
void AddComplaint(ProbeEvidence& e) {
  Sighting told{.kind = PacketKind::kUnreachable, .interface = "eth1"};
  told.from = IpAddress::V4(0x0a000209);
  told.icmp_type = 3;
  e.here.sightings.push_back(told);
}

BOOST_AUTO_TEST_CASE(WhatIsToldOfThemDoesNotMatterWhereAnAnswerCame) {
  ProbeEvidence e = Probed(true);
  e.only_by_ip = true;
  AddComplaint(e);
  BOOST_TEST(Healthy(DiagnoseProbe(e)));
}

BOOST_AUTO_TEST_CASE(AreAProblemWhereTheyWereAskedForAndIpWouldDo) {
  ProbeEvidence e = Probed(false);
  e.frames_asked = true;
  e.connect = ConnectResult::kAccepted;
  BOOST_TEST(DiagnoseProbe(e).back().id == "frames-unanswered");
  BOOST_TEST(!Healthy(DiagnoseProbe(e)));
  AddComplaint(e);
  BOOST_TEST(DiagnoseProbe(e).back().id == "frames-unanswered");
  // Nor does an intercept on the target see them come.
  e.witnesses.push_back({{e.probe.peer.address, 36524}, e.here});
  e.witnesses.front().seen.sightings.clear();
  e.witnesses.front().seen.addresses = {{"eth0", e.probe.peer.address, 24}};
  BOOST_TEST(DiagnoseProbe(e).back().id == "frames-unanswered");
}

BOOST_AUTO_TEST_CASE(AreNotToBlameWhereNothingElseIsAnsweredEither) {
  ProbeEvidence e = Probed(false);
  e.frames_asked = true;
  e.connect = ConnectResult::kSilent;
  BOOST_TEST(DiagnoseProbe(e).back().id == "target-silent");
}

BOOST_AUTO_TEST_CASE(AreNotToBlameWhereNoneWereAskedFor) {
  ProbeEvidence e = Probed(false);
  e.connect = ConnectResult::kAccepted;
  BOOST_TEST(DiagnoseProbe(e).back().id == "reply-lost");
}

BOOST_AUTO_TEST_CASE(AreAProblemWhereAnotherPortOfTheAddressAnswersThem) {
  ProbeEvidence e = Probed(true);
  e.keeps_frames = true;
  BOOST_TEST(Healthy(DiagnoseProbe(e)));
  e.only_by_ip = true;
  BOOST_TEST(!Healthy(DiagnoseProbe(e)));
  BOOST_TEST(DiagnoseProbe(e).back().id == "frames-unanswered");
}

BOOST_AUTO_TEST_CASE(AreNotToBlameForAnAnswerThatAWitnessSaw) {
  ProbeEvidence e = Probed(false);
  e.frames_asked = true;
  e.connect = ConnectResult::kAccepted;
  e.witnesses.push_back({{IpAddress::V4(0x0a000203), 36524}, Probed(true).here});
  BOOST_TEST(DiagnoseProbe(e).back().id != "frames-unanswered");
}

BOOST_AUTO_TEST_CASE(AreNotToBlameForAnAnswerThatNoInterceptBrought) {
  ProbeEvidence e = Probed(true);
  e.frames_asked = true;
  e.by_intercepts = true;
  BOOST_TEST(DiagnoseProbe(e).back().id != "frames-unanswered");
}

}  // namespace
}  // namespace tcpcopy
