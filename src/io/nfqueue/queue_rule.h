#pragma once

#include <string>
#include <vector>

#include "netstack/base/result.h"
#include "netstack/wire/endpoint.h"
#include "src/io/io_error.h"

namespace tcpcopy {

/// The rule of the firewall that gives the targets' replies to a queue: those that leave this host,
/// and those that arrive from others, but never what stays on this host. Without a program that
/// serves the queue they pass. Implementations: nftables, iptables.
class QueueRule {
 public:
  QueueRule() = default;
  QueueRule(const QueueRule&) = delete;
  QueueRule& operator=(const QueueRule&) = delete;
  /// Removes it.
  virtual ~QueueRule() = default;

  /// From now on for these targets, and no others; an unspecified address stands for any. Takes
  /// some milliseconds.
  virtual Result<void, IoError> SetTargets(const std::vector<Endpoint>& targets) = 0;
  /// Sets it again if somebody else has removed it: a firewall was loaded anew. True: that was
  /// necessary and has worked. Takes some milliseconds.
  virtual bool Repair() = 0;
  /// Where the user finds it: "nftables table tcpcopy_12_queue7".
  virtual std::string Description() const = 0;
};

}  // namespace tcpcopy
