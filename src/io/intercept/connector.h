#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "netstack/base/bytes.h"
#include "netstack/base/result.h"
#include "netstack/wire/flow_key.h"
#include "src/io/intercept/messages.h"

namespace tcpcopy {

/// What tcpcopy's end of a connection hears.
class ConnectorEvents {
 public:
  /// The intercept may be trusted and takes announcements.
  virtual void OnUp() = 0;
  /// The packet dies when the call returns.
  virtual void OnReply(const Reply& reply) = 0;
  virtual void OnHeartbeat(const Heartbeat& heartbeat) = 0;
  virtual void OnAnswer(std::string_view answer) = 0;

 protected:
  ~ConnectorEvents() = default;
};

/// What is spoken at tcpcopy's end of one connection, without the connection: bytes come in, and
/// others go into an `OutBuffer`. One for each connection; implementations: OwnConnector,
/// ClassicConnector.
class Connector {
 public:
  virtual ~Connector() = default;

  /// The connection stands: says hello.
  virtual void Begin() = 0;
  /// Takes what came. The error says in one line why the connection has to end.
  virtual Result<void, std::string> OnBytes(ConstBytes bytes) = 0;

  // Once it is up. False: there is no room, or it cannot be said in this protocol.
  virtual bool Announce(const FlowKey& flow) = 0;
  virtual bool Withdraw(const FlowKey& flow) = 0;
  virtual bool Ask(std::string_view question) = 0;
  virtual void Beat(const Heartbeat& heartbeat) = 0;

  /// Messages with replies that came.
  virtual std::uint64_t batches() const = 0;
  /// Replies that cannot be made sense of.
  virtual std::uint64_t bad_replies() const = 0;
};

}  // namespace tcpcopy
