#pragma once

#include <memory>
#include <string>
#include <vector>

#include "netstack/base/result.h"
#include "src/diagnosis/observation.h"
#include "src/io/host/net_counters.h"
#include "src/io/host/old_iptables.h"
#include "src/io/io_error.h"
#include "src/io/nftables/packet_trace.h"
#include "src/io/pcap/live_capture.h"

namespace tcpcopy {

/// Watches what this host does with the packets of one probe. Sends nothing.
class Observer {
 public:
  /// Begins to watch. `probe.local` is the copier's end, `probe.peer` the target. Needs
  /// CAP_NET_RAW; without CAP_NET_ADMIN it cannot tell which firewall rule eats a packet, and says
  /// so.
  static Result<std::unique_ptr<Observer>, IoError> Start(const FlowKey& probe);

  /// Whether a packet of that kind has come in up to now. Does not wait, and looks at little.
  bool Came(PacketKind kind);
  /// What it has seen up to now. Does not wait.
  Observation Look();

 private:
  /// Takes the captured packets apart.
  class Eyes final : public PacketHandler {
   public:
    explicit Eyes(const FlowKey& probe) : probe_(probe) {}
    void OnPacket(const CapturedPacket& packet) override;
    const std::vector<Sighting>& sightings() const { return sightings_; }

   private:
    void Take(Sighting sighting);

    const FlowKey probe_;
    std::vector<Sighting> sightings_;
  };

  Observer(const FlowKey& probe, std::unique_ptr<LiveCapture> capture);

  void Drain();
  void AddTrace(Observation& seen);
  void AddOldIptables(Observation& seen) const;

  const FlowKey probe_;
  const NetCounters before_;
  const std::vector<OldDropRule> old_rules_;  // as they were
  const std::unique_ptr<LiveCapture> capture_;
  std::unique_ptr<PacketTrace> trace_;
  std::string trace_problem_;
  Eyes eyes_;
};

}  // namespace tcpcopy
