#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "src/replay/client_flow.h"
#include "src/replay/ledger.h"
#include "src/runtime/timer_queue.h"

namespace tcpcopy {

/// What a client sends from one endpoint to one of production, as one copy of it is replayed. UDP
/// has neither beginning nor end nor acknowledgment: it is a session from its first datagram until
/// its client has been silent for long enough, and *sent* is all that can be said of a datagram.
///
/// A reply answers the oldest datagram that has none yet; one more than there are datagrams answers
/// nothing, and counts as a reply all the same.
class DatagramSession final : public Timer,
                              public boost::intrusive::list_base_hook<
                                  boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  class Owner {
   public:
    /// The timer that the owner has set is due.
    virtual void OnSessionDue(DatagramSession& session) = 0;

   protected:
    ~Owner() = default;
  };

  /// How long replies are waited for.
  struct Patience {
    Duration unanswered = std::chrono::seconds(5);       // -t: after the last datagram
    Duration answered = std::chrono::milliseconds(500);  // when each has one: there may be more
  };

  /// `owner` is not owned. `replayed`: our endpoint and the target's.
  DatagramSession(Owner& owner, const ClientFlow& client, const FlowKey& replayed)
      : owner_(owner), client_(client), replayed_(replayed) {}

  const ClientFlow& client() const { return client_; }
  const FlowKey& replayed() const { return replayed_; }

  /// The client has sent a datagram of `bytes` at `at`, a time of the capture.
  void OnCaptured(std::size_t bytes, Duration at);
  Duration last_captured() const { return last_captured_; }
  /// The datagram was given to the kernel.
  void OnSent(std::size_t bytes, Instant now);
  /// The datagram was not, and why.
  void OnNotSent(Outcome why) { not_sent_ = why; }
  /// Returns whether it answers a datagram.
  bool OnReply(Instant now);
  /// The target, or a router, tells that a datagram did not arrive.
  void OnUnreachable(Instant now);

  /// When nothing more needs to be waited for, if the client says no more.
  Instant EndsAt(const Patience& patience) const;
  /// Whether an answer to what was sent can still come.
  bool AwaitsAnswer(Instant now, const Patience& patience) const {
    return unsettled_ > 0 && now < EndsAt(patience);
  }
  /// How it ended, if it ends at `now`. `ended by us` when an answer could still come.
  Outcome OutcomeAt(Instant now, const Patience& patience) const;
  const SessionTotals& totals() const { return totals_; }

  bool client_over = false;   // its client says no more
  std::uint32_t waiting = 0;  // datagrams that wait for a way out; it must not end before
  std::size_t place = 0;      // in its table

 private:
  void OnTimer() override { owner_.OnSessionDue(*this); }
  bool Settle(Instant now);

  Owner& owner_;
  const ClientFlow client_;
  const FlowKey replayed_;
  SessionTotals totals_{.sessions = 1};
  Duration last_captured_{0};
  Instant last_sent_{};
  Instant last_heard_{};
  std::uint64_t unsettled_ = 0;  // datagrams sent that neither have a reply nor were refused
  bool answered_ = false;
  bool unreachable_ = false;
  std::optional<Outcome> not_sent_;
};

}  // namespace tcpcopy
