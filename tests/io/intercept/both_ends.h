#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/io/intercept/reply_channels.h"
#include "src/io/intercept/reply_listener.h"
#include "src/io/unique_fd.h"
#include "src/io/uring/uring_driver.h"

namespace tcpcopy::testing {

Endpoint At(const char* address, std::uint16_t port);
/// A session of a client port to one target.
FlowKey Session(std::uint16_t port);
FlowKey Session6(std::uint16_t port);
/// A reply of the target in that session: headers and `payload` bytes.
std::vector<std::uint8_t> ReplyTo(const FlowKey& session, std::size_t payload = 0);

/// Serves peers and notes what they say, one word each: "peer 1", "add 4000", "del 4000", "gone 1".
class RecordingRelay final : public PeerHandler {
 public:
  void OnPeer(PeerId peer, const PeerHello& hello) override;
  void OnTargets(PeerId peer, std::span<const Endpoint> targets) override;
  void OnAnnounce(PeerId peer, const FlowKey& session) override;
  void OnWithdraw(PeerId peer, const FlowKey& session) override;
  std::string OnQuestion(PeerId peer, std::string_view question) override;
  void OnPeerGone(PeerId peer) override;
  CaptureStats Capture() const override { return capture; }

  bool Has(const std::string& word) const;
  std::size_t Count(const std::string& word) const;

  std::vector<std::string> log;
  std::vector<PeerHello> hellos;
  std::vector<std::pair<PeerId, FlowKey>> announced;
  CaptureStats capture;
};

/// Notes the replies that come.
class RecordingReplies final : public PacketHandler {
 public:
  struct Seen {
    std::vector<std::uint8_t> bytes;
    std::size_t wire_length = 0;
    ReplyPath::Carrier carrier = 0;
  };
  void OnPacket(const CapturedPacket& packet) override;
  std::vector<Seen> seen;
};

/// An intercept and a tcpcopy on one loop, over loopback.
class BothEnds {
 public:
  BothEnds();
  ~BothEnds();

  /// On 127.0.0.1, and on the same port when it did so before.
  void Listen();
  void StopListening();
  /// Ends one of the connections between the two, and no other.
  void BreakOneConnection() const;
  /// A tcpcopy of Listen's.
  void Connect();
  /// Turns the loop until it is so; false after ten seconds.
  bool Until(const std::function<bool()>& condition);
  /// Turns the loop for as long.
  void For(Duration time);
  bool UntilUp(std::size_t connections = 2);
  /// Turns the loop until the listener's log has such a line.
  bool UntilLogged(const std::string& part);
  bool UntilTrouble(const std::string& part);
  static bool HasLine(const std::vector<std::string>& lines, const std::string& part);

  /// A plain socket that is connected to the listener.
  UniqueFd Stranger() const;
  /// All that a plain socket has been sent, until nothing more is there or the other side closes
  /// (`*closed`); turns the loop meanwhile.
  std::vector<std::uint8_t> ReadFrom(const UniqueFd& fd, std::size_t at_least, bool* closed);
  /// Whether the listener closes the connection.
  bool UntilClosed(const UniqueFd& fd);

  MonotonicClock clock;
  std::unique_ptr<UringDriver> driver;
  EventLoop loop;
  RecordingRelay relay;
  RecordingReplies replies;
  ReplyListener::Options listen;
  ReplyChannels::Options connect;
  std::unique_ptr<ReplyListener> listener;
  std::unique_ptr<ReplyChannels> channels;
  std::vector<std::string> listener_log;
  std::vector<std::string> troubles;
  std::vector<std::string> downs;
  std::vector<ReplyPath::Carrier> ups;
  std::vector<ReplyPath::Carrier> narrowed;
  std::vector<std::string> answers;
};

}  // namespace tcpcopy::testing
