#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "netstack/wire/endpoint.h"
#include "src/io/intercept/reply_protocol.h"
#include "src/io/intercept/secret.h"
#include "src/io/packet_source.h"
#include "src/io/reply_path.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// tcpcopy's connections to its intercepts: some to each of them, and each is kept up. A carrier is
/// an intercept. A session is announced on one connection of each, so that sessions spread over the
/// connections, and its replies are taken from whichever connection they come by.
class ReplyChannels final : public ReplyPath {
 public:
  static constexpr int kMaxConnections = 11;  // to one intercept

  struct Options {
    std::vector<Endpoint> intercepts;
    int connections = 2;  // to each of them: 1..kMaxConnections
    ReplyProtocol protocol = ReplyProtocol::kOwn;
    std::uint32_t payload_bytes = 0;  // of each reply that are wanted; kWholePayload: all
    Secret secret;                    // must be none in the classic protocol, which proves nothing
    std::vector<Endpoint> targets;    // told at once, so that an intercept can prepare
    std::string program;              // name and version, for the intercept's log
  };

  /// Called from the loop. None of them may destroy the channels.
  struct Events {
    /// `carrier` can be used from now on.
    std::function<void(Carrier)> on_up;
    /// One of the connections to `carrier` is gone, or is there again, beside others: what it
    /// carries must be announced anew.
    std::function<void(Carrier)> on_narrowed;
    /// The last of them is gone. What it carried is lost; it comes back under the same name.
    std::function<void(Carrier, const std::string& why)> on_down;
    /// One line for the user. Not repeated while the same trouble lasts.
    std::function<void(const std::string&)> on_trouble;
    std::function<void(Carrier, const std::string& answer)> on_answer;
  };

  struct Stats {
    std::uint64_t replies = 0;
    std::uint64_t batches = 0;      // messages in which they came
    std::uint64_t bytes = 0;        // received from intercepts
    std::uint64_t bad_replies = 0;  // not to be made sense of
    std::uint64_t announcements = 0;
    std::uint64_t announcements_dropped = 0;  // did not fit: the intercept reads too slowly
    std::uint64_t announcements_ipv6 = 0;     // not possible in the classic protocol
    std::uint64_t reconnects = 0;
    // As told by intercepts. A host's capture is counted once, however many connections it has.
    std::uint64_t replies_dropped = 0;  // for us: we read too slowly
    CaptureStats capture;
  };

  /// `loop` and `replies` are not owned and must outlive it. Each reply goes to `replies` as a raw
  /// IP packet that may be cut, with its carrier. Equal seeds give equal pauses.
  ReplyChannels(EventLoop& loop, PacketHandler& replies, Options options, Events events,
                std::uint64_t seed);
  ~ReplyChannels() override;

  /// Connects, and again after each loss, first within 200 ms, then with growing pauses up to 5 s.
  void Start();
  /// Closes all, without events.
  void Stop();

  /// Connections that are up.
  std::size_t up() const;
  /// Carriers go from 1 to this.
  std::size_t size() const;
  /// Whom `carrier`, one of 1..size(), leads to.
  const Endpoint& intercept(Carrier carrier) const;

  /// False: nobody is up, or takes more.
  bool Announce(const FlowKey& replayed) override;
  bool AnnounceTo(const FlowKey& replayed, Carrier carrier) override;
  void Settle(const FlowKey& replayed, Carrier carrier) override;
  void Withdraw(const FlowKey& replayed) override;

  /// Asks the intercept behind `carrier` something of kMaxQuestionBytes at most; `on_answer` tells
  /// what it says. False: it is not up, or speaks the classic protocol.
  bool Ask(Carrier carrier, const std::string& question);

  Stats stats() const;

 private:
  class Intercepts;
  const std::unique_ptr<Intercepts> intercepts_;
};

}  // namespace tcpcopy
