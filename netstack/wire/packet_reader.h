#pragma once

#include "netstack/base/result.h"
#include "netstack/base/time.h"
#include "netstack/wire/datagram_view.h"
#include "netstack/wire/ip_reassembler.h"
#include "netstack/wire/packet_view.h"

namespace tcpcopy {

/// `ParsePacket` and `ParseDatagram` for a whole capture: puts IP fragments together on the way,
/// those of the outermost packet and those inside of tunnels, also when both were fragmented.
class PacketReader {
 public:
  /// Reads the frame captured at `captured_at` (any origin, not far out of order). When a fragment
  /// makes a packet whole, that packet is read; until then it is kFragment. What the view points
  /// into is valid until the next call, and no longer than the frame.
  Result<PacketView, ParseError> Read(const Frame& frame, Duration captured_at);
  /// The same for UDP.
  Result<DatagramView, ParseError> ReadDatagram(const Frame& frame, const WantedDatagrams& wanted,
                                                Duration captured_at);

 private:
  IpReassembler reassembler_;
};

}  // namespace tcpcopy
