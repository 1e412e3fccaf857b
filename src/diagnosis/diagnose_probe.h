#pragma once

#include "src/diagnosis/evidence.h"
#include "src/diagnosis/finding.h"

namespace tcpcopy {

/// Follows a probe on its way, hop by hop: leaves this host, arrives at the target, is answered,
/// and the answer comes back and goes nowhere else. Ends at the first thing that stops it. Looks at
/// nothing but the evidence.
Findings DiagnoseProbe(const ProbeEvidence& evidence);

}  // namespace tcpcopy
