#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/io/nfqueue/queue_rule.h"

namespace tcpcopy {

/// The rule as a chain of our own, `tcpcopy_<pid>_queue<number>`, in the mangle tables of iptables
/// and ip6tables. A killed process leaves it behind, without effect, because nobody serves its
/// queue; the next one that installs a rule removes it.
class IptablesQueueRule final : public QueueRule {
 public:
  /// `queue` must be ours already: what other chains lead there are left-overs. The error: iptables
  /// is not there, or refuses.
  static Result<std::unique_ptr<IptablesQueueRule>, IoError> Install(std::uint16_t queue);
  ~IptablesQueueRule() override;

  Result<void, IoError> SetTargets(const std::vector<Endpoint>& targets) override;
  bool Repair() override;
  std::string Description() const override;

  /// What iptables-restore (or ip6tables-restore, for `family`) is given for `targets`; those of
  /// the other family are left out. `first`: the chain is not there yet.
  static std::string RestoreText(const std::string& chain, bool first, std::uint16_t queue,
                                 IpFamily family, const std::vector<Endpoint>& targets);
  /// What removes `chain`, of which `listing` (of iptables-save) tells; empty when it is not there.
  static std::string RemoveText(std::string_view listing, const std::string& chain);
  /// Whether a listing has `chain`, and both hooks lead there.
  static bool IsWhole(std::string_view listing, const std::string& chain);
  /// The chains in a listing that are of no use: for `queue`, or of processes that are not `alive`.
  static std::vector<std::string> LeftOverChains(std::string_view listing, std::uint16_t queue,
                                                 const std::function<bool(int pid)>& alive);

 private:
  IptablesQueueRule(std::string chain, std::uint16_t queue);

  Result<void, IoError> SetTargetsOf(IpFamily family, const std::vector<Endpoint>& targets);

  const std::string chain_;
  const std::uint16_t queue_;
  std::vector<Endpoint> targets_;
  bool has_chain_[2] = {false, false};  // IPv4, IPv6
};

}  // namespace tcpcopy
