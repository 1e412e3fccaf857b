#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/diagnosis/evidence.h"
#include "src/diagnosis/finding.h"

namespace tcpcopy {

/// The evidence of a probe, with a view to who sat where, and what has been found so far. Those who
/// follow the probe say `Good` or `Bad` at each step; after a `Bad` there is no further one.
class ProbeCase {
 public:
  /// `evidence` is not owned and must outlive it.
  explicit ProbeCase(const ProbeEvidence& evidence);

  const ProbeEvidence& evidence() const { return evidence_; }
  const Observation& here() const { return evidence_.here; }
  const IpAddress& client() const { return evidence_.probe.local.address; }
  const IpAddress& target() const { return evidence_.probe.peer.address; }

  /// What was seen on the target; nullptr: nobody sits there.
  const Observation* at_target() const { return at_target_; }
  bool TargetIsHere() const { return at_target_ == &evidence_.here; }
  bool IsTarget(const Witness& witness) const { return witness.seen.Has(target()); }
  /// Where commands for the target are to be run.
  std::string WhereTargetIs() const { return TargetIsHere() ? "here" : target().ToString(); }
  /// Whether it left the host of `seen`. Loopback shows a packet once, on its way in.
  bool HasLeft(const Observation& seen, PacketKind kind) const;
  /// The route that the target should have to the client: to whom it should give its answers.
  /// Needs somebody on the target.
  std::string WayToClient() const;
  /// Whether the target gives its answers to somebody who waits for them. The same needs.
  bool AnswersGoToUs() const;

  /// Both return what they say, so that a step can end with them.
  bool Good(std::string id, std::string what);
  bool Bad(std::string id, std::string cause, std::string where = "", std::string fix = "");
  bool Bad(Finding finding);
  void Warn(std::string id, std::string cause, std::string where = "", std::string fix = "");
  /// A rule that eats `what`; `whose` is the firewall's owner, as the beginning of a sentence.
  bool Firewall(std::string id, const std::string& whose, const FirewallVerdict& verdict,
                const std::string& what, std::string where);
  bool NoRouteToClient();
  bool ConntrackFull(const Observation& seen, std::string where);

  Findings TakeFindings() { return std::move(findings_); }

 private:
  const Observation* FindTarget() const;
  std::vector<IpAddress> Hops() const;

  const ProbeEvidence& evidence_;
  const Observation* const at_target_;
  Findings findings_;
};

/// Connection tracking has so many entries that the kernel drops packets of new connections.
bool ConntrackIsFull(const Observation& seen);

}  // namespace tcpcopy
