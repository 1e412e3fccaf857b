#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "netstack/base/result.h"

namespace tcpcopy {

/// Reads names of interfaces to capture on, comma separated. Whether there are such interfaces is
/// not looked at. The error is a phrase about the text.
Result<std::vector<std::string>, std::string> ParseInterfaces(std::string_view list);

}  // namespace tcpcopy
