#pragma once

#include <set>
#include <unordered_map>
#include <vector>

#include "netstack/base/time.h"
#include "src/io/reply_path.h"

namespace tcpcopy::sim {

/// How the target's replies come to the replay.
struct Carriage {
  bool used = false;   // by carriers 1 and 2; else they are captured where they arrive
  bool twice = false;  // both see all replies; else each sees those of other sessions
  /// When carriers go, and when they are back; kNever: they stay.
  Duration lost_at{0};
  Duration back_at{0};
  std::set<ReplyPath::Carrier> lost;
};

/// Two carriers that bring the replies of the sessions they were told of, and nothing else.
class Carriers final : public ReplyPath {
 public:
  explicit Carriers(const Carriage& carriage) : carriage_(carriage) {}

  bool Announce(const FlowKey& replayed) override;
  bool AnnounceTo(const FlowKey& replayed, Carrier carrier) override;
  void Settle(const FlowKey& replayed, Carrier carrier) override;
  void Withdraw(const FlowKey& replayed) override;

  /// Who brings a reply to `replayed`; {0} where replies are captured, empty when it is lost.
  std::vector<Carrier> BringersOf(const FlowKey& replayed) const;

  /// When the next carrier goes or comes back.
  Instant NextChange() const;
  struct Changes {
    std::set<Carrier> gone;
    std::set<Carrier> come;
  };
  /// Makes the changes that are due.
  Changes Change(Instant now);

  /// Sessions that were announced and not withdrawn.
  std::size_t announced() const { return known_.size(); }

 private:
  const Carriage carriage_;
  std::set<Carrier> up_{1, 2};
  int changes_ = 0;
  std::unordered_map<FlowKey, std::set<Carrier>, FlowKeyHash> known_;  // who knows of a session
};

}  // namespace tcpcopy::sim
