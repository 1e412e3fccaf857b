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

BOOST_AUTO_TEST_CASE(AreAProblemWhereTheyWereAskedForAndIpWouldDo) {
  ProbeEvidence e = Probed(false);
  e.frames_asked = true;
  e.connect = ConnectResult::kAccepted;
  BOOST_TEST(DiagnoseProbe(e).back().id == "frames-unanswered");
  BOOST_TEST(!Healthy(DiagnoseProbe(e)));
  // Neither would.
  e.connect = ConnectResult::kSilent;
  BOOST_TEST(DiagnoseProbe(e).back().id == "target-silent");
  e.frames_asked = false;
  e.connect = ConnectResult::kAccepted;
  BOOST_TEST(DiagnoseProbe(e).back().id == "reply-lost");
}

}  // namespace
}  // namespace tcpcopy
