#pragma once

#include <cstdint>

#include "netstack/base/time.h"
#include "netstack/wire/flow_key.h"
#include "netstack/wire/seq_num.h"

namespace tcpcopy {

/// Initial sequence numbers: a 4-microsecond clock plus a keyed hash of the flow (RFC 6528 3). For
/// one 4-tuple they grow with time, so a SYN that reuses the ports of an earlier connection revives
/// what the target keeps of it in TIME-WAIT (RFC 9293 3.6.1).
class IsnGenerator {
 public:
  /// `secret` is to be the same as long as `now` goes on, from one run to the next, too: what the
  /// target keeps of a former run's connections knows no difference.
  explicit IsnGenerator(std::uint64_t secret) : hash_{secret} {}

  SeqNum Next(const FlowKey& flow, Instant now) const;

 private:
  FlowKeyHash hash_;
};

}  // namespace tcpcopy
