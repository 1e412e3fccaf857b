#pragma once

#include "src/diagnosis/observation.h"

namespace tcpcopy {

/// Fills in what can be read of this host without a packet: its name, addresses, routes to both
/// ends of `seen.probe`, forwarding, the reverse path filter, connection tracking.
void LookAtHost(Observation& seen);

}  // namespace tcpcopy
