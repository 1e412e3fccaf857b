#pragma once

#include "netstack/tcp/tcp_connection.h"
#include "src/replay/client_stream.h"

namespace tcpcopy {

/// Lets the client's bytes go straight into the send buffer of its session's connection.
class ToConnection final : public ClientStream::ByteSink {
 public:
  /// Not owned.
  explicit ToConnection(TcpConnection& connection) : connection_(connection) {}

  bool Append(ConstBytes bytes) override { return connection_.Buffer(bytes); }
  /// What the target has acknowledged is gone.
  std::uint64_t CountDifferentAt(std::uint64_t offset, ConstBytes bytes) const override {
    return connection_.sender().buffer().CountDifferentAt(offset, bytes);
  }

 private:
  TcpConnection& connection_;
};

}  // namespace tcpcopy
