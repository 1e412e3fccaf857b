#include "src/io/nfqueue/install_queue_rule.h"

#include <fmt/format.h>

#include "src/io/nfqueue/iptables_queue_rule.h"
#include "src/io/nfqueue/nft_queue_rule.h"

namespace tcpcopy {

Result<std::unique_ptr<QueueRule>, IoError> InstallQueueRule(std::uint16_t queue) {
  auto nft = NftQueueRule::Install(queue);
  if (nft) return std::unique_ptr<QueueRule>(std::move(*nft));
  auto iptables = IptablesQueueRule::Install(queue);
  if (iptables) return std::unique_ptr<QueueRule>(std::move(*iptables));
  return Err(IoError{
      fmt::format("{} (and by nftables: {})", iptables.error().message, nft.error().message)});
}

}  // namespace tcpcopy
