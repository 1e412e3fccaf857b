#pragma once

#include <functional>
#include <span>
#include <string>

#include "netstack/wire/endpoint.h"

namespace tcpcopy {

/// What a capture cannot do: it sees replies, and they go their way, perhaps to the clients whom
/// the copies were taken from. One line for the user where this host lets them: it is one of the
/// `targets` (`is_own` tells of an address), or it forwards packets of a target's family
/// (`forwards`). Empty where it does not.
std::string EscapeWarning(std::span<const Endpoint> targets,
                          const std::function<bool(const IpAddress&)>& is_own,
                          const std::function<bool(IpFamily)>& forwards);

/// Whether this host forwards packets of that family, as /proc tells.
bool ForwardsPackets(IpFamily family);

}  // namespace tcpcopy
