#include "netstack/tcp/isn_generator.h"

#include "netstack/base/prng.h"

namespace tcpcopy {

SeqNum IsnGenerator::Next(const FlowKey& flow, Instant now) const {
  constexpr Duration kTick = std::chrono::microseconds(4);
  const auto clock = static_cast<std::uint64_t>(now.time_since_epoch() / kTick);
  // The hash of one port shows that of the next, which is enough for a table; mixed it does not.
  return SeqNum(static_cast<std::uint32_t>(clock + Prng::Mix(hash_(flow))));
}

}  // namespace tcpcopy
