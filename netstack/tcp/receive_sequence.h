#pragma once

#include <cstdint>

#include "netstack/wire/seq_num.h"

namespace tcpcopy {

/// Receive sequence variables (RFC 9293 3.3.1). Positions as in `SendSequence`: the peer's SYN is
/// at 0, and `nxt` is 0 until it has come.
struct ReceiveSequence {
  SeqNum irs;
  std::uint32_t wnd = 0;       // bytes from `nxt` on that we promise to take
  std::uint64_t nxt = 0;       // next in-order position expected
  std::uint64_t last_ack = 0;  // `nxt` as we last told it: Last.ACK.sent of RFC 7323 4.3

  SeqNum Number(std::uint64_t position) const { return irs + static_cast<std::uint32_t>(position); }

  /// The acceptability test for incoming segments, RFC 9293 3.10.7.4 first step (table 6).
  /// `length` is SEG.LEN.
  bool Accepts(SeqNum seq, std::uint32_t length) const {
    const SeqNum next = Number(nxt);
    if (wnd == 0) return length == 0 && seq == next;
    if (seq.InWindow(next, wnd)) return true;
    return length > 0 && (seq + (length - 1)).InWindow(next, wnd);
  }
};

}  // namespace tcpcopy
