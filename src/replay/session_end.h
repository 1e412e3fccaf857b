#pragma once

#include <optional>

#include "netstack/wire/flow_key.h"
#include "src/replay/ledger.h"

namespace tcpcopy {

/// What became of one captured session, for who follows them one by one.
struct SessionEnd {
  FlowKey captured;                 // the client and production
  std::optional<FlowKey> replayed;  // we and the target; none when it was left out
  Outcome outcome = Outcome::kCompleted;
  SessionTotals totals;
};

}  // namespace tcpcopy
