#include "src/diagnosis/diagnose_probe.h"

#include <fmt/format.h>

#include "src/diagnosis/way_back.h"
#include "src/diagnosis/way_there.h"

namespace tcpcopy {

Findings DiagnoseProbe(const ProbeEvidence& evidence) {
  ProbeCase probe_case(evidence);
  if (!evidence.not_sent.empty()) {
    probe_case.Bad("cannot-probe", fmt::format("{} cannot be probed: {}.",
                                               evidence.probe.peer.ToString(), evidence.not_sent));
    return probe_case.TakeFindings();
  }
  if (evidence.foreign && evidence.made_up) {
    probe_case.Warn("no-client-known",
                    fmt::format("No client was seen, so the probe bears {}, which is nobody's; "
                                "routes and rules for real clients may differ.",
                                probe_case.client().ToString()),
                    "here", "tcpcopy --doctor --probe-client IP");
  }
  if (evidence.only_by_ip && evidence.keeps_frames) {
    probe_case.Bad("frames-unanswered",
                   fmt::format("{} answers raw IP packets, which the kernel routes, but not frames "
                               "at the link layer, by which a replay goes on to send, because "
                               "another port of that address answers them.",
                               evidence.probe.peer.ToString()),
                   "here", "tcpcopy --send=ip");
    return probe_case.TakeFindings();
  }
  if (evidence.only_by_ip) {
    probe_case.Warn(
        "frames-unanswered",
        fmt::format("{} answers raw IP packets, which the kernel routes, but not what a replay "
                    "sends at first, frames at the link layer. It goes over to IP by itself, after "
                    "some seconds in which nothing arrives.",
                    evidence.probe.peer.ToString()),
        "here", "tcpcopy --send=ip");
  }
  for (const BlindWitness& blind : evidence.blind) {
    probe_case.Warn("intercept-is-blind",
                    fmt::format("The intercept at {} cannot tell what happens on its host: {}.",
                                blind.intercept.ToString(), blind.why));
  }
  if (FollowThere(probe_case)) FollowBack(probe_case);
  return probe_case.TakeFindings();
}

}  // namespace tcpcopy
