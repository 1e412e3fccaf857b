#pragma once

#include <linux/netlink.h>

#include <functional>
#include <optional>

#include "netstack/wire/ip_address.h"

struct nlattr;

namespace tcpcopy {

/// Sends one request to the kernel (`bus`: netlink(7)'s family) and hands each message of the
/// answer to `on_message` (may be empty). Waits for the answer, which the kernel gives at once.
/// Returns 0, or the errno with which the kernel refused.
int AskRtnetlink(const nlmsghdr& request, const std::function<void(const nlmsghdr&)>& on_message,
                 int bus = NETLINK_ROUTE);

/// The address that an attribute of an answer holds; empty when it holds none.
std::optional<IpAddress> AddressIn(const nlattr& attribute);
/// Appends the address to a request under construction.
void PutAddress(nlmsghdr& request, std::uint16_t type, const IpAddress& address);

}  // namespace tcpcopy
