#pragma once

#include <cstddef>
#include <cstdint>

#include "netstack/base/bytes.h"

namespace tcpcopy {

/// Cuts one of our IP packets into pieces that fit a link (RFC 791 3.2, RFC 8200 4.5), one at a
/// time, so that each can go straight to where it is sent from. The kernel does not do it for
/// packets that bring their own header.
class IpFragmenter {
 public:
  /// The least `mtu` that always leaves room for some payload.
  static constexpr std::size_t kLeastMtu = 68;  // RFC 791 3.2

  /// `packet` is a whole IP packet as `BuildDatagram` makes it: no options, no extension headers.
  /// Not owned; must outlive the fragmenter. `mtu` in bytes, at least kLeastMtu. `identification`
  /// is for IPv6; in IPv4 the packet bears its own. A packet that fits comes out as it is.
  IpFragmenter(ConstBytes packet, std::size_t mtu, std::uint32_t identification);

  /// Pieces that are left.
  std::size_t left() const;
  /// Writes the next piece to the front of `out`, which must have room for `mtu` bytes, and returns
  /// its length. There must be one left.
  std::size_t Next(MutableBytes out);

 private:
  std::size_t NextWhole(MutableBytes out);
  void WriteV4Header(MutableBytes piece, bool more) const;
  void WriteV6Header(MutableBytes piece, bool more) const;

  ConstBytes header_;
  ConstBytes payload_;
  const std::uint32_t identification_;
  bool whole_;             // fits
  std::size_t each_ = 0;   // payload bytes of all pieces but the last
  std::size_t begin_ = 0;  // of the next piece in `payload_`
  bool done_ = false;
};

}  // namespace tcpcopy
