#pragma once

#include <cstdint>
#include <optional>

#include "netstack/base/bytes.h"
#include "netstack/wire/ip_address.h"

namespace tcpcopy {

/// One piece of a fragmented IP packet (RFC 791 3.2, RFC 8200 4.5). Non-owning: dies with the
/// buffer.
struct IpFragment {
  /// What the pieces of one packet have in common.
  struct Key {
    IpAddress source;
    IpAddress destination;
    std::uint32_t identification = 0;
    std::uint8_t protocol = 0;  // IPv4 only: part of the key there

    auto operator<=>(const Key&) const = default;
  };

  /// Reads the packet that begins at `packet`; whatever stands behind it is left out. Empty when it
  /// is no fragment, contradicts itself, or was cut by the capture.
  static std::optional<IpFragment> Read(ConstBytes packet);

  /// The same of a packet whose end the capture may have cut: `payload` is what there is of it. For
  /// who wants to know no more than whose packet it is a piece of.
  static std::optional<IpFragment> ReadCut(ConstBytes packet);

  Key key;
  std::uint32_t offset = 0;        // of `payload` in the whole packet's, bytes
  bool more = false;               // another piece follows
  ConstBytes header;               // what the whole packet's header is made of
  std::size_t next_header_at = 0;  // IPv6: place in `header` that names the fragment header
  std::uint8_t next_header = 0;    // IPv6: what stands there in the whole packet
  std::uint8_t protocol = 0;       // of `payload`; IPv6: what the fragment header names
  std::size_t payload_length = 0;  // on the wire
  ConstBytes payload;
};

}  // namespace tcpcopy
