#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "netstack/base/bytes.h"
#include "netstack/base/result.h"
#include "netstack/wire/flow_key.h"
#include "src/io/intercept/messages.h"

namespace tcpcopy {

/// What intercept's end of a connection hears.
class AcceptorEvents {
 public:
  /// Whether one more may be served. Asked of those who have proved who they are.
  virtual bool HasRoom() = 0;
  /// It is served from now on. `program` is fit for a log.
  virtual void OnUp(std::uint32_t payload_bytes, const std::string& program) = 0;
  virtual void OnTargets(std::span<const Endpoint> targets) = 0;
  virtual void OnAnnounce(const FlowKey& flow) = 0;
  virtual void OnWithdraw(const FlowKey& flow) = 0;
  virtual void OnHeartbeat(const Heartbeat& heartbeat) = 0;
  /// The answer.
  virtual std::string OnQuestion(std::string_view question) = 0;

 protected:
  ~AcceptorEvents() = default;
};

/// What is spoken at intercept's end of one connection, without the connection: bytes come in, and
/// others go into an `OutBuffer`. One for each connection; implementations: OwnAcceptor,
/// ClassicAcceptor.
class Acceptor {
 public:
  virtual ~Acceptor() = default;

  /// Takes what came. The error says in one line why the connection has to end; what is to be told
  /// to the other side about it has been put into the buffer.
  virtual Result<void, std::string> OnBytes(ConstBytes bytes) = 0;
  /// Says why the connection is going to end.
  virtual void Refuse(const Refusal& refusal) = 0;

  // Once it is up. False: there is no room, or it cannot be said in this protocol.
  virtual bool Send(const Reply& reply) = 0;
  virtual void Beat(const Heartbeat& heartbeat) = 0;

  /// Messages with replies that were begun.
  virtual std::uint64_t batches() const = 0;
};

}  // namespace tcpcopy
