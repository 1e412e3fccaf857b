#pragma once

#include <optional>

#include "src/diagnosis/evidence.h"
#include "src/diagnosis/finding.h"

namespace tcpcopy {

// What can be said of a target on whose host nobody watches.

/// A RST answers the SYN.
Finding PortClosed(const ProbeEvidence& evidence);

/// What a router or the target says by ICMP; empty when nobody says anything.
std::optional<Finding> ToldByIcmp(const ProbeEvidence& evidence);

/// Where frames were asked for: that the kernel gets to the target and back, and they do not.
std::optional<Finding> FramesUnanswered(const ProbeEvidence& evidence);

/// No answer came: what is known from an ordinary connection to the target, and what is left.
Finding FromOutside(const ProbeEvidence& evidence);

}  // namespace tcpcopy
