#pragma once

#include <cstddef>
#include <string>

#include "netstack/base/result.h"
#include "src/app/address_plan.h"
#include "src/app/options/options.h"
#include "src/app/start_error.h"

namespace tcpcopy {

/// What a run with `options` would do: what it would capture and where, what goes to which target
/// and how, how the replies come back, and by how many `workers`. Several lines, ending with a
/// newline. Asks the kernel, without privileges, and sends nothing. Errors are those that the run
/// would begin with.
Result<std::string, StartError> DescribeRun(const Options& options, const AddressPlan& addresses,
                                            std::size_t workers);

}  // namespace tcpcopy
