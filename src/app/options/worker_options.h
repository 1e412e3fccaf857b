#pragma once

#include <string>
#include <vector>

#include "src/app/options/value_option.h"

namespace tcpcopy {

/// The option that sets `workers`, which must outlive the parsing: their number, 0 for "auto".
ValueOption WorkersOption(unsigned& workers);

/// Why `workers` cannot read `files`, without an end that tells what is accepted; empty when they
/// can.
std::string WorkersProblem(unsigned workers, const std::vector<std::string>& files);

}  // namespace tcpcopy
