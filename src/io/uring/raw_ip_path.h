#pragma once

#include "src/io/uring/raw_socket.h"
#include "src/io/uring/send_path.h"

namespace tcpcopy {

/// Through raw IP sockets: the kernel finds route and next hop.
class RawIpPath final : public SendPath {
 public:
  /// Packets of a family that has no socket are refused with EAFNOSUPPORT.
  explicit RawIpPath(RawSockets sockets) : sockets_(std::move(sockets)) {}

  int Prepare(const IpAddress& destination, Departure& departure) override;

 private:
  const RawSockets sockets_;
};

}  // namespace tcpcopy
