#pragma once

#include <string>

#include "src/io/intercept/classic_codec.h"
#include "src/io/intercept/connector.h"
#include "src/io/intercept/out_buffer.h"

namespace tcpcopy {

/// The protocol of TCPCopy 1.x at tcpcopy's end. It is up as soon as it has said which version it
/// speaks: an intercept answers nothing.
class ClassicConnector final : public Connector {
 public:
  /// `out` and `events` are not owned and must outlive it.
  ClassicConnector(OutBuffer& out, ConnectorEvents& events) : out_(out), events_(events) {}

  void Begin() override;
  Result<void, std::string> OnBytes(ConstBytes bytes) override;

  bool Announce(const FlowKey& flow) override { return Write(ClassicMessage::kAdd, flow); }
  bool Withdraw(const FlowKey& flow) override { return Write(ClassicMessage::kDelete, flow); }
  bool Ask(std::string_view) override { return false; }
  void Beat(const Heartbeat&) override {}

  std::uint64_t batches() const override { return reader_.messages(); }
  std::uint64_t bad_replies() const override { return bad_replies_; }

 private:
  bool Write(std::uint16_t type, const FlowKey& flow);

  OutBuffer& out_;
  ConnectorEvents& events_;
  ClassicReader reader_;
  std::uint64_t bad_replies_ = 0;
};

}  // namespace tcpcopy
