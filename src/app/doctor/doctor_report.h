#pragma once

#include <string>

#include "src/diagnosis/finding.h"

namespace tcpcopy {

/// What was found, for a reader: a line for each thing, in the order of a packet's way, its command
/// under it, and a verdict as the last line.
std::string DoctorText(const Findings& findings);

/// The same for programs.
std::string DoctorJson(const Findings& findings);

}  // namespace tcpcopy
