#pragma once

#include "src/io/host/link_device.h"
#include "src/io/unique_fd.h"
#include "src/io/uring/gso_packet.h"

namespace tcpcopy {

/// A packet socket of one interface for joined segments (GsoPacket), beside the one for packets
/// that go alone. Only to be sent on without waiting: what such a socket has no room for must be
/// given to it anew, because a send that waits has read the prefix already and goes on behind it.
struct GsoSocket {
  UniqueFd fd;  // none where nothing is to be joined
  GsoLimits limits;

  /// None where the kernel would not part what it is given by `device`: it looks for the IP header
  /// behind as many bytes as it thinks that the device's headers have (18 on a VLAN device whose
  /// cable does not put tags in, more on some USB devices), not where the frame has it. Before
  /// Linux 5.19 it does not look behind a tag either.
  static GsoSocket Open(const LinkDevice& device, bool with_tag);
};

}  // namespace tcpcopy
