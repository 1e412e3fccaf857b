#pragma once

#include <map>
#include <span>
#include <vector>

#include "netstack/base/time.h"
#include "netstack/wire/endpoint.h"
#include "src/io/intercept/reply_listener.h"

namespace tcpcopy {

/// What all peers together want to be caught: replies of which targets, and how much of each.
/// Targets are those that a peer names, and those of the sessions that it announces (the classic
/// protocol names none). They stay for `kLinger` after the peer has gone: its sessions may not be
/// over, and it may come back.
class WantedReplies {
 public:
  static constexpr std::size_t kMaxTargets = 1024;  // of all peers; more are not taken
  static constexpr Duration kLinger = std::chrono::seconds(10);

  /// `fixed`: targets that the user named: every peer wants these, and no others.
  explicit WantedReplies(std::vector<Endpoint> fixed) : fixed_(std::move(fixed)) {}

  // Each tells whether what is wanted has changed.

  bool AddPeer(PeerId peer, std::uint32_t payload_bytes);
  /// No effect when there are fixed ones.
  bool AddTargets(PeerId peer, std::span<const Endpoint> targets);
  bool RemovePeer(PeerId peer, Instant now);
  /// To be called when `NextChange` has come.
  bool Forget(Instant now);
  /// When the first target will have lingered long enough; `kNever` when none does.
  Instant NextChange() const;

  bool anyone() const { return !peers_.empty(); }
  /// The most that a peer wants of a reply's payload.
  std::uint32_t payload_bytes() const;
  /// Ascending, each once.
  std::vector<Endpoint> targets() const;

 private:
  struct Target {
    std::vector<PeerId> peers;
    Instant until = kNever;  // once no peer is left
  };

  bool Add(PeerId peer, std::span<const Endpoint> targets);

  const std::vector<Endpoint> fixed_;
  std::map<PeerId, std::uint32_t> peers_;  // and the payload that each wants
  std::map<Endpoint, Target> targets_;
};

}  // namespace tcpcopy
