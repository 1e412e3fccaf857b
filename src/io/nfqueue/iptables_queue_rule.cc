#include "src/io/nfqueue/iptables_queue_rule.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "src/io/host/run_program.h"

namespace tcpcopy {
namespace {

constexpr const char* kWhat = "cannot set the rule that queues replies";
constexpr const char* kLockSeconds = "1";  // another program may be at the tables
constexpr IpFamily kFamilies[] = {IpFamily::kV4, IpFamily::kV6};

std::string ProgramOf(IpFamily family, std::string_view what) {
  return fmt::format("{}-{}", family == IpFamily::kV4 ? "iptables" : "ip6tables", what);
}

std::size_t IndexOf(IpFamily family) { return family == IpFamily::kV4 ? 0 : 1; }

bool Concerns(IpFamily family, const Endpoint& target) {
  return target.address.IsUnspecified() || target.address.family() == family;
}

bool IsAlive(int pid) { return ::kill(pid, 0) == 0 || errno != ESRCH; }

/// Calls `take` with each line.
template <typename Take>
void ForEachLine(std::string_view text, Take take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

/// Empty when it cannot be told: then there is nothing to remove either.
std::string Listing(IpFamily family) {
  const auto listed = RunProgram({ProgramOf(family, "save"), "-t", "mangle"}, "");
  return listed && listed->exit_code == 0 ? listed->output : std::string();
}

Result<void, IoError> Restore(IpFamily family, const std::string& text) {
  const auto done =
      RunProgram({ProgramOf(family, "restore"), "--noflush", "-w", kLockSeconds}, text);
  if (!done) return Err(IoError{fmt::format("{}: {}", kWhat, done.error().message)});
  if (done->exit_code == 0) return {};
  const std::string reason = done->error.substr(0, done->error.find('\n'));
  return Err(IoError{fmt::format("{}: {}", kWhat, reason)});
}

void Remove(IpFamily family, const std::string& listing, const std::string& chain) {
  const std::string text = IptablesQueueRule::RemoveText(listing, chain);
  if (!text.empty()) static_cast<void>(Restore(family, text));
}

}  // namespace

std::string IptablesQueueRule::RestoreText(const std::string& chain, bool first,
                                           std::uint16_t queue, IpFamily family,
                                           const std::vector<Endpoint>& targets) {
  // Behind connection tracking: it shall know that the target has answered, or else what follows
  // would be invalid to it.
  std::string text = fmt::format("*mangle\n:{} - [0:0]\n", chain);  // makes it, or empties it
  if (first) {
    text += fmt::format("-I PREROUTING ! -i lo -j {}\n-I OUTPUT ! -o lo -j {}\n", chain, chain);
  }
  for (const Endpoint& target : targets) {
    if (!Concerns(family, target)) continue;
    const std::string source = target.address.IsUnspecified()
                                   ? std::string()
                                   : fmt::format("-s {} ", target.address.ToString());
    text += fmt::format("-A {} -p tcp {}--sport {} -j NFQUEUE --queue-num {} --queue-bypass\n",
                        chain, source, target.port, queue);
  }
  return text + "COMMIT\n";
}

std::string IptablesQueueRule::RemoveText(std::string_view listing, const std::string& chain) {
  bool exists = false;
  std::string jumps;
  ForEachLine(listing, [&](std::string_view line) {
    if (line.starts_with(fmt::format(":{} ", chain))) exists = true;
    if (line.starts_with("-A ") && line.ends_with(fmt::format(" -j {}", chain))) {
      jumps += fmt::format("-D {}\n", line.substr(3));
    }
  });
  if (!exists) return "";
  return fmt::format("*mangle\n{}-F {}\n-X {}\nCOMMIT\n", jumps, chain, chain);
}

bool IptablesQueueRule::IsWhole(std::string_view listing, const std::string& chain) {
  bool exists = false;
  int jumps = 0;
  ForEachLine(listing, [&](std::string_view line) {
    if (line.starts_with(fmt::format(":{} ", chain))) exists = true;
    if (line.starts_with("-A ") && line.ends_with(fmt::format(" -j {}", chain))) ++jumps;
  });
  return exists && jumps == 2;
}

std::vector<std::string> IptablesQueueRule::LeftOverChains(
    std::string_view listing, std::uint16_t queue, const std::function<bool(int pid)>& alive) {
  std::vector<std::string> chains;
  ForEachLine(listing, [&](std::string_view line) {
    int pid = 0;
    unsigned number = 0;
    int end = 0;
    const std::string text(line);
    if (std::sscanf(text.c_str(), ":tcpcopy_%d_queue%u%n", &pid, &number, &end) != 2) return;
    if (text[static_cast<std::size_t>(end)] != ' ' || (number != queue && alive(pid))) return;
    chains.push_back(text.substr(1, static_cast<std::size_t>(end) - 1));
  });
  return chains;
}

Result<std::unique_ptr<IptablesQueueRule>, IoError> IptablesQueueRule::Install(
    std::uint16_t queue) {
  for (const IpFamily family : kFamilies) {
    const std::string listing = Listing(family);
    for (const std::string& chain : LeftOverChains(listing, queue, IsAlive)) {
      Remove(family, listing, chain);
    }
  }
  std::unique_ptr<IptablesQueueRule> rule(
      new IptablesQueueRule(fmt::format("tcpcopy_{}_queue{}", ::getpid(), queue), queue));
  // Shows whether it is possible at all; IPv6 may be absent until it is needed.
  if (auto done = rule->SetTargetsOf(IpFamily::kV4, {}); !done) return Err(done.error());
  return rule;
}

IptablesQueueRule::IptablesQueueRule(std::string chain, std::uint16_t queue)
    : chain_(std::move(chain)), queue_(queue) {}

IptablesQueueRule::~IptablesQueueRule() {
  for (const IpFamily family : kFamilies) {
    if (has_chain_[IndexOf(family)]) Remove(family, Listing(family), chain_);
  }
}

Result<void, IoError> IptablesQueueRule::SetTargets(const std::vector<Endpoint>& targets) {
  for (const IpFamily family : kFamilies) {
    const auto concerns = [&](const Endpoint& target) { return Concerns(family, target); };
    const bool has_chain = has_chain_[IndexOf(family)];
    if (!has_chain && std::ranges::none_of(targets, concerns)) continue;
    auto done = SetTargetsOf(family, targets);
    // Where the family is absent, no target of any address is in it either.
    const bool named = std::ranges::any_of(targets, [&](const Endpoint& target) {
      return !target.address.IsUnspecified() && concerns(target);
    });
    if (!done && (named || has_chain)) return done;
  }
  targets_ = targets;
  return {};
}

bool IptablesQueueRule::Repair() {
  bool repaired = false;
  for (const IpFamily family : kFamilies) {
    if (!has_chain_[IndexOf(family)]) continue;
    const std::string listing = Listing(family);
    if (listing.empty() || IsWhole(listing, chain_)) continue;
    Remove(family, listing, chain_);  // what is left of it
    has_chain_[IndexOf(family)] = false;
    if (SetTargetsOf(family, targets_)) repaired = true;
    has_chain_[IndexOf(family)] = true;  // or else nobody would try again
  }
  return repaired;
}

Result<void, IoError> IptablesQueueRule::SetTargetsOf(IpFamily family,
                                                      const std::vector<Endpoint>& targets) {
  bool& has_chain = has_chain_[IndexOf(family)];
  auto done = Restore(family, RestoreText(chain_, !has_chain, queue_, family, targets));
  if (done) has_chain = true;
  return done;
}

std::string IptablesQueueRule::Description() const { return "iptables chain " + chain_; }

}  // namespace tcpcopy
