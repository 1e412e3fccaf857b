#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netstack/base/bytes.h"
#include "netstack/base/result.h"
#include "netstack/wire/endpoint.h"
#include "netstack/wire/flow_key.h"
#include "netstack/wire/network.h"
#include "src/io/intercept/reply_protocol.h"
#include "src/io/intercept/secret.h"
#include "src/io/io_error.h"
#include "src/io/packet_source.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// Names a connection of a tcpcopy; never used twice in the listener's life.
using PeerId = std::uint32_t;

/// A connection of a tcpcopy that may be served.
struct PeerHello {
  Endpoint address;
  ReplyProtocol protocol = ReplyProtocol::kOwn;
  std::uint32_t payload_bytes = 0;  // of each reply that it wants
  std::string program;              // name and version; empty in the classic protocol
};

/// Who serves them: intercept's relay. Called from the loop's ready queue; may call `Send`.
class PeerHandler {
 public:
  virtual void OnPeer(PeerId peer, const PeerHello& hello) = 0;
  /// The targets that it will copy to. The classic protocol does not tell them.
  virtual void OnTargets(PeerId peer, std::span<const Endpoint> targets) = 0;
  /// It wants the replies to `session` (local: the copier's end, peer: the target).
  virtual void OnAnnounce(PeerId peer, const FlowKey& session) = 0;
  /// It does so no longer, or never did.
  virtual void OnWithdraw(PeerId peer, const FlowKey& session) = 0;
  /// The answer to what it asks, of kMaxQuestionBytes at most.
  virtual std::string OnQuestion(PeerId peer, std::string_view question) = 0;
  virtual void OnPeerGone(PeerId peer) = 0;
  /// What became of replies before they were captured, to be told to the peers.
  virtual CaptureStats Capture() const { return {}; }

 protected:
  ~PeerHandler() = default;
};

/// intercept's end: listens, lets in who may come in, and sends replies. A connection that breaks
/// the protocol, reads too slowly or falls silent costs itself and nobody else.
class ReplyListener {
 public:
  struct Options {
    std::vector<Endpoint> listen_on;  // port 0: any free one
    std::vector<Network> allow;       // who may connect; empty: everybody
    ReplyProtocol protocol = ReplyProtocol::kOwn;
    Secret secret;  // none: whoever is allowed comes in. There is no secret in the classic protocol
    std::size_t max_peers = 64;
    /// Replies in one message of the classic protocol, 1..16; 0: no count before them, as a TCPCopy
    /// built with --disable-combined wants it. Our own protocol combines what there is.
    int batch = 16;
    std::string program;  // name and version, for tcpcopy's log
  };

  struct Stats {
    std::uint64_t accepted = 0;  // connections that the kernel gave us
    std::uint64_t refused = 0;   // of them: not let in, or ended because of what they did
    std::uint64_t replies = 0;   // queued for peers
    std::uint64_t replies_dropped = 0;
    std::uint64_t batches = 0;  // messages with replies
    std::uint64_t bytes = 0;    // written to peers
  };

  /// Takes one line for the log, without a line end.
  using Log = std::function<void(const std::string&)>;

  /// `loop` and `handler` are not owned and must outlive it. All addresses can be listened on, or
  /// none are. Lines that strangers cause are limited in number.
  static Result<std::unique_ptr<ReplyListener>, IoError> Create(EventLoop& loop, Options options,
                                                                PeerHandler& handler, Log log);
  ReplyListener(const ReplyListener&) = delete;
  ReplyListener& operator=(const ReplyListener&) = delete;
  /// Closes all connections without telling the handler.
  ~ReplyListener();

  /// Where it listens, with the ports that the kernel chose.
  const std::vector<Endpoint>& listening() const;

  /// Queues a reply for `peer`, cut to the payload that it wants; it leaves at the end of the
  /// loop's turn, together with the others. `ip_packet` begins with the IP header and may be cut;
  /// `wire_length` is its length on the wire in bytes. False: dropped, because the peer reads too
  /// slowly (counted, and told to it in the next heartbeat), is gone, or cannot be told of IPv6.
  bool Send(PeerId peer, ConstBytes ip_packet, std::size_t wire_length);

  Stats stats() const;

 private:
  struct Parts;
  explicit ReplyListener(std::unique_ptr<Parts> parts);
  const std::unique_ptr<Parts> parts_;
};

}  // namespace tcpcopy
