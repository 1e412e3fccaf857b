#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/io/intercept/acceptor.h"
#include "src/io/intercept/classic_codec.h"
#include "src/io/intercept/out_buffer.h"

namespace tcpcopy {

/// The protocol of TCPCopy 1.x at intercept's end.
class ClassicAcceptor final : public Acceptor {
 public:
  /// `out` and `events` are not owned and must outlive it. `batch`: records in one message, at most
  /// kClassicMaxRecords; 0: records without a count.
  ClassicAcceptor(OutBuffer& out, AcceptorEvents& events, std::size_t batch);

  Result<void, std::string> OnBytes(ConstBytes bytes) override;
  /// The protocol has no word for it.
  void Refuse(const Refusal&) override {}

  bool Send(const Reply& reply) override;
  void Beat(const Heartbeat&) override {}

  std::uint64_t batches() const override { return batches_; }

 private:
  Result<void, std::string> OnFirst(ConstBytes message);
  void OnMessage(const ClassicMessage& message);

  OutBuffer& out_;
  AcceptorEvents& events_;
  const std::size_t batch_;
  bool up_ = false;
  std::vector<std::uint8_t> partial_;  // of a message, less than one
  // The last message with replies.
  std::uint64_t last_position_ = 0;
  std::size_t last_records_ = 0;
  std::uint64_t batches_ = 0;
};

}  // namespace tcpcopy
