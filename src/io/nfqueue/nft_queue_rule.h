#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "src/io/nfqueue/queue_rule.h"
#include "src/io/nftables/nft_session.h"

namespace tcpcopy {

/// The rule as an nftables table of our own, `tcpcopy_<pid>_queue<number>`. The kernel removes it
/// when this process ends, however it ends.
class NftQueueRule final : public QueueRule {
 public:
  /// The error: the kernel has no `queue` statement, among others.
  static Result<std::unique_ptr<NftQueueRule>, IoError> Install(std::uint16_t queue);
  ~NftQueueRule() override;

  Result<void, IoError> SetTargets(const std::vector<Endpoint>& targets) override;
  /// Nobody else can touch the table.
  bool Repair() override { return false; }
  std::string Description() const override;

  /// What `Install` gives to nftables.
  static std::string TableText(const std::string& table, std::uint16_t queue);
  /// What `SetTargets` gives to nftables.
  static std::string RulesText(const std::string& table, std::uint16_t queue,
                               const std::vector<Endpoint>& targets);

 private:
  NftQueueRule(std::unique_ptr<NftSession> nft, std::string table, std::uint16_t queue);

  const std::unique_ptr<NftSession> nft_;  // holds the socket that the table belongs to
  const std::string table_;
  const std::uint16_t queue_;
};

}  // namespace tcpcopy
