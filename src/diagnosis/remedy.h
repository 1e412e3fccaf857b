#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/diagnosis/observation.h"

namespace tcpcopy {

// The commands that mend what was found. To be run as root on the host that they are about.

/// Lets what `verdict` ate pass from now on: the target's packets, or those to the target, whoever
/// the client is.
std::string AcceptCommand(const FirewallVerdict& verdict, const FlowKey& probe);

/// Lets an interface take packets whose answers would leave by another one.
std::string LooseRpFilterCommand(const std::string& interface);

/// Makes `hop` the way to `destination`; without one, a placeholder stands in its place.
std::string RouteCommand(const IpAddress& destination, const std::optional<IpAddress>& hop);

/// Stops a host from sending on what is not for it.
std::string NoForwardingCommand(IpFamily family);

/// The first of `candidates` that a host with these addresses reaches without a router.
std::optional<IpAddress> OnLink(const std::vector<InterfaceAddress>& addresses,
                                const std::vector<IpAddress>& candidates);

}  // namespace tcpcopy
