#pragma once

#include <cstdint>

#include "netstack/wire/seq_num.h"

namespace tcpcopy {

/// Send sequence variables (RFC 9293 3.3.1). Inside, points of the sequence space are *positions*:
/// 64-bit numbers that never wrap, with our SYN at 0, the stream's byte k at k + 1 and our FIN
/// behind the last byte. `Number` gives the number on the wire.
struct SendSequence {
  SeqNum iss;
  SeqNum wl1;                 // SEG.SEQ of the last window update
  SeqNum wl2;                 // SEG.ACK of the last window update
  std::uint32_t wnd = 0;      // bytes, scaled
  std::uint32_t max_wnd = 0;  // largest `wnd` so far (RFC 5961 5.2)
  std::uint64_t una = 0;      // oldest unacknowledged position
  std::uint64_t nxt = 0;      // next new to send; goes back only for a repeated SYN
  std::uint64_t max = 0;      // behind everything that was ever sent, window probes too

  SeqNum Number(std::uint64_t position) const { return iss + static_cast<std::uint32_t>(position); }
  std::uint64_t in_flight() const { return nxt - una; }
};

}  // namespace tcpcopy
