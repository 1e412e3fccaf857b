#include "src/io/nfqueue/nft_queue_rule.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

namespace tcpcopy {
namespace {

constexpr const char* kWhat = "cannot set the rule that queues replies";

std::string Match(const Endpoint& target) {
  const std::string port = fmt::format("tcp sport {}", target.port);
  if (target.address.IsUnspecified()) return port;
  return fmt::format("{} saddr {} {}", target.address.IsV4() ? "ip" : "ip6",
                     target.address.ToString(), port);
}

}  // namespace

std::string NftQueueRule::TableText(const std::string& table, std::uint16_t queue) {
  std::string text = fmt::format("create table inet {} {{ flags owner; }}\n", table);
  // Behind connection tracking: it shall know that the target has answered, or else what follows
  // would be invalid to it.
  for (const auto& [chain, hook] : {std::pair{"arriving", "prerouting"}, {"leaving", "output"}}) {
    text += fmt::format(
        "add chain inet {} {} {{ type filter hook {} priority mangle; policy accept; }}\n", table,
        chain, hook);
  }
  // Tells at once whether the kernel knows the statement; no packet has this port.
  return text +
         fmt::format("add rule inet {} leaving tcp sport 0 queue num {} bypass\n", table, queue);
}

std::string NftQueueRule::RulesText(const std::string& table, std::uint16_t queue,
                                    const std::vector<Endpoint>& targets) {
  std::string text;
  for (const auto& [chain, interface] :
       {std::pair{"arriving", "iifname"}, {"leaving", "oifname"}}) {
    text += fmt::format("flush chain inet {} {}\n", table, chain);
    for (const Endpoint& target : targets) {
      text += fmt::format("add rule inet {} {} {} != \"lo\" {} counter queue num {} bypass\n",
                          table, chain, interface, Match(target), queue);
    }
  }
  return text;
}

Result<std::unique_ptr<NftQueueRule>, IoError> NftQueueRule::Install(std::uint16_t queue) {
  auto nft = NftSession::Open(kWhat);
  if (!nft) return Err(nft.error());
  const std::string table = fmt::format("tcpcopy_{}_queue{}", ::getpid(), queue);
  const NftSession::Answer answer = (*nft)->Run(TableText(table, queue));
  if (!answer.ok) return Err(IoError{fmt::format("{}: {}", kWhat, answer.error)});
  return std::unique_ptr<NftQueueRule>(new NftQueueRule(std::move(*nft), table, queue));
}

NftQueueRule::NftQueueRule(std::unique_ptr<NftSession> nft, std::string table, std::uint16_t queue)
    : nft_(std::move(nft)), table_(std::move(table)), queue_(queue) {}

NftQueueRule::~NftQueueRule() { nft_->Run(fmt::format("delete table inet {}\n", table_)); }

Result<void, IoError> NftQueueRule::SetTargets(const std::vector<Endpoint>& targets) {
  const NftSession::Answer answer = nft_->Run(RulesText(table_, queue_, targets));
  if (!answer.ok) return Err(IoError{fmt::format("{}: {}", kWhat, answer.error)});
  return {};
}

std::string NftQueueRule::Description() const { return "nftables table " + table_; }

}  // namespace tcpcopy
