#pragma once

#include <cstdint>
#include <memory>

#include "netstack/base/result.h"
#include "src/io/io_error.h"
#include "src/io/nfqueue/queue_rule.h"

namespace tcpcopy {

/// A rule for no targets yet, for a queue that we have opened: by nftables where the kernel has its
/// `queue` statement, else by iptables. Needs CAP_NET_ADMIN; the error says so.
Result<std::unique_ptr<QueueRule>, IoError> InstallQueueRule(std::uint16_t queue);

}  // namespace tcpcopy
