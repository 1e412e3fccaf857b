#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "netstack/wire/endpoint.h"
#include "netstack/wire/flow_key.h"
#include "src/io/intercept/reply_protocol.h"
#include "src/io/packet_source.h"

namespace tcpcopy {

/// Names a connection of a tcpcopy; never used twice in the listener's life.
using PeerId = std::uint32_t;

/// A connection of a tcpcopy that may be served.
struct PeerHello {
  Endpoint address;
  ReplyProtocol protocol = ReplyProtocol::kOwn;
  std::uint32_t payload_bytes = 0;  // of each reply that it wants
  std::string program;              // name and version, fit for a log
};

/// Who serves them: intercept's relay. Called from the loop's ready queue; may call
/// `ReplyListener::Send`.
class PeerHandler {
 public:
  virtual void OnPeer(PeerId peer, const PeerHello& hello) = 0;
  /// The targets that it will copy to. The classic protocol does not tell them.
  virtual void OnTargets(PeerId peer, std::span<const Endpoint> targets) = 0;
  /// It wants the replies to `session` (local: the copier's end, peer: the target).
  virtual void OnAnnounce(PeerId peer, const FlowKey& session) = 0;
  /// It does so no longer, or never did.
  virtual void OnWithdraw(PeerId peer, const FlowKey& session) = 0;
  /// The answer to what it asks. One of more than kMaxQuestionBytes is told as an empty one.
  virtual std::string OnQuestion(PeerId peer, std::string_view question) = 0;
  virtual void OnPeerGone(PeerId peer) = 0;
  /// What became of replies before they were captured, to be told to the peers.
  virtual CaptureStats Capture() const { return {}; }

 protected:
  ~PeerHandler() = default;
};

}  // namespace tcpcopy
