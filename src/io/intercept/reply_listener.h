#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "netstack/base/bytes.h"
#include "netstack/base/result.h"
#include "netstack/wire/endpoint.h"
#include "netstack/wire/network.h"
#include "src/io/intercept/listening_socket.h"
#include "src/io/intercept/peer_handler.h"
#include "src/io/intercept/reply_protocol.h"
#include "src/io/intercept/secret.h"
#include "src/io/io_error.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// intercept's end: listens, lets in who may come in, and sends replies. A connection that breaks
/// the protocol, reads too slowly or falls silent costs itself and nobody else.
class ReplyListener {
 public:
  struct Options {
    std::vector<Endpoint> listen_on;  // port 0: any free one
    std::vector<Network> allow;       // who may connect; empty: everybody
    ReplyProtocol protocol = ReplyProtocol::kOwn;
    /// None: whoever is allowed comes in. Must be none in the classic protocol, which proves
    /// nothing.
    Secret secret;
    std::size_t max_peers = 64;
    /// Replies in one message of the classic protocol, 1..16; 0: no count before them, as a TCPCopy
    /// built with --disable-combined wants it. Our own protocol combines what there is.
    int batch = 16;
    std::string program;  // name and version, for tcpcopy's log
  };

  struct Stats {
    std::uint64_t accepted = 0;  // connections that the kernel gave us
    std::uint64_t refused = 0;   // of them: never served
    std::uint64_t replies = 0;   // queued for peers
    std::uint64_t replies_dropped = 0;
    std::uint64_t announcements_dropped = 0;  // as tcpcopys tell: we read too slowly
    std::uint64_t batches = 0;                // messages with replies
    std::uint64_t bytes = 0;                  // written to peers
  };

  /// Takes one line for the log, without a line end.
  using Log = std::function<void(const std::string&)>;

  /// `loop` and `handler` are not owned and must outlive it. All addresses can be listened on, or
  /// none are. `log` hears who comes, who goes and who is refused, in a limited number of lines.
  static Result<std::unique_ptr<ReplyListener>, IoError> Create(EventLoop& loop, Options options,
                                                                PeerHandler& handler, Log log);
  ReplyListener(const ReplyListener&) = delete;
  ReplyListener& operator=(const ReplyListener&) = delete;
  /// Closes all connections without telling the handler.
  ~ReplyListener();

  /// Where it listens, with the ports that the kernel chose.
  const std::vector<Endpoint>& listening() const { return listening_; }

  /// Queues a reply for `peer`, cut to the payload that it wants; it leaves at the end of the
  /// loop's turn, together with the others. `ip_packet` begins with the IP header and may be cut;
  /// `wire_length` is its length on the wire in bytes. False: dropped, because the peer reads too
  /// slowly (counted, and told to it in the next heartbeat), is gone, or cannot be told of IPv6.
  bool Send(PeerId peer, ConstBytes ip_packet, std::size_t wire_length);

  Stats stats() const;

 private:
  class Peers;
  ReplyListener(std::unique_ptr<Peers> peers,
                std::vector<std::unique_ptr<ListeningSocket>> sockets);

  const std::unique_ptr<Peers> peers_;
  const std::vector<std::unique_ptr<ListeningSocket>> sockets_;
  std::vector<Endpoint> listening_;
};

}  // namespace tcpcopy
