#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "netstack/base/result.h"
#include "netstack/wire/endpoint.h"

namespace tcpcopy {

/// Reads "ip[:port],...", at most `most` of them; those without a port have port 0. The error is a
/// phrase about the text.
Result<std::vector<Endpoint>, std::string> ParseEndpoints(std::string_view list, std::size_t most);

/// "10.0.0.3:36524, [2001:db8::3]:36524", for people.
std::string ListOf(const std::vector<Endpoint>& endpoints);

}  // namespace tcpcopy
