#pragma once

#include <cstddef>

#include "netstack/base/bytes.h"
#include "netstack/wire/tcp_segment.h"

namespace tcpcopy {

/// The room for options in a TCP header, in bytes: a data offset of 15 (RFC 9293 3.1).
inline constexpr std::size_t kMaxTcpOptionsBytes = 40;

/// `ReadTcpOptions`, whatever the field holds.
bool ReadAnyTcpOptions(ConstBytes field, TcpOptions& options);

/// Reads an options field (RFC 9293 3.2, RFC 7323, RFC 2018) into `options`, which are as
/// constructed. Unknown kinds are skipped, of a repeated kind the last one counts, and reading ends
/// at the first malformed option: false is returned then, and `options` hold those before it. A
/// segment with strange options is still a segment.
inline bool ReadTcpOptions(ConstBytes field, TcpOptions& options) {
  // What nearly all segments but SYNs have, as RFC 7323 appendix A lays it out.
  constexpr std::uint32_t kAlignedTimestamps = 0x0101080a;
  if (field.size() != 12 || LoadBe32(field.data()) != kAlignedTimestamps) {
    return ReadAnyTcpOptions(field, options);
  }
  options.timestamps = TcpTimestamps{LoadBe32(field.data() + 4), LoadBe32(field.data() + 8)};
  return true;
}

/// Bytes that `WriteTcpOptions` writes for `options`: a multiple of 4, at most
/// `kMaxTcpOptionsBytes`.
std::size_t TcpOptionsLength(const TcpOptions& options);

/// Writes `options` to `field`, which is exactly `TcpOptionsLength(options)` long, aligned to 4
/// bytes with NOPs. SACK comes last and gives up the blocks for which there is no room: beside
/// timestamps there are three at most (RFC 2018 3).
void WriteTcpOptions(const TcpOptions& options, MutableBytes field);

}  // namespace tcpcopy
