#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "netstack/wire/endpoint.h"
#include "src/intercept/address_rewrite.h"

namespace tcpcopy {

/// `targets`, and the containers' addresses that `rewrites` knows for them; ascending, each once.
std::vector<Endpoint> WithContainers(std::span<const Endpoint> targets,
                                     std::span<const AddressRewrite> rewrites);

/// pcap filter of what `targets` send (0.0.0.0 stands for any address; none of them: of all TCP)
/// and of what routers tell of packets that were too big on the way to them, and nothing that
/// comes from `own_port`, where we send replies ourselves, unless it is a target's. A target that
/// `rewrites` knows may bear its container's address. With many targets it lets more through than
/// is meant: anything from a range of ports. `user_filter` (-F), when it is not empty, takes the
/// place of what is said about routers.
std::string CatchFilter(std::span<const Endpoint> targets, std::span<const AddressRewrite> rewrites,
                        const std::string& user_filter, std::uint16_t own_port);

}  // namespace tcpcopy
