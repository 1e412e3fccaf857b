#pragma once

#include "src/diagnosis/evidence.h"
#include "src/diagnosis/finding.h"

namespace tcpcopy {

/// The oldest kernel that has what tcpcopy needs of io_uring.
inline constexpr KernelVersion kOldestKernel{5, 6};

/// What can be said before a probe leaves: of this host, of what arrives here of the clients, and
/// of the intercepts. Looks at nothing but the evidence.
Findings DiagnoseHost(const HostEvidence& evidence);

}  // namespace tcpcopy
