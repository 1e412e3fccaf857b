#pragma once

#include <cstdint>

#include "netstack/wire/flow_key.h"
#include "src/io/packet_sink.h"

namespace tcpcopy {

/// A probe: the SYN of a session that is never copied, sent as a session's would be.
struct Probe {
  /// The IPv4 identification of probes, so that a capture by hand finds them.
  static constexpr std::uint16_t kIpId = 0x7463;

  FlowKey flow;  // local: ours, peer: the target
  std::uint32_t isn = 0;
  std::uint16_t mss = 1460;

  /// False: the sink has no room.
  bool SendSyn(PacketSink& sink) const;
  /// Ends what the SYN began at the target.
  bool SendReset(PacketSink& sink) const;
};

}  // namespace tcpcopy
