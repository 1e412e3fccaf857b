#include "src/io/nftables/guard.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "netstack/base/check.h"

namespace tcpcopy {
namespace {

constexpr std::string_view kTablePrefix = "tcpcopy_";
constexpr const char* kWhat = "cannot install the nftables guard";
constexpr int kMaxNames = 8;  // other processes may have our number in other pid namespaces

bool IsAlive(int pid) { return ::kill(pid, 0) == 0 || errno != ESRCH; }

/// Only kernels without table owners leave any.
void RemoveLeftOvers(NftSession& nft) {
  const NftSession::Answer tables = nft.Run("list tables inet\n");
  for (const std::string& table : Guard::LeftOverTables(tables.output, IsAlive)) {
    nft.Run(fmt::format("delete table inet {}\n", table));
  }
}

std::string PortsText(const std::vector<PortRange>& ports) {
  std::string text;
  for (const PortRange& range : ports) {
    if (!text.empty()) text += ", ";
    text += range.first == range.last ? fmt::format("{}", range.first)
                                      : fmt::format("{}-{}", range.first, range.last);
  }
  return text;
}

/// What `rule` selects; ends with a space.
std::string MatchText(const GuardRule& rule) {
  const char* const ip = rule.target.address.IsV4() ? "ip" : "ip6";
  const std::string_view transport = Name(rule.transport);
  std::string text = fmt::format("{} saddr {} ", ip, rule.target.address.ToString());
  text += rule.target.port == 0 ? fmt::format("meta l4proto {} ", transport)
                                : fmt::format("{} sport {} ", transport, rule.target.port);
  if (rule.prefix_length > 0) {
    text += fmt::format("{} daddr {}/{} ", ip, rule.destination.ToString(), rule.prefix_length);
  }
  if (rule.kind == GuardRule::Kind::kNotLocal) {
    text += "fib daddr type != local ";
  } else if (!rule.ports.empty()) {
    text += fmt::format("{} dport {{ {} }} ", transport, PortsText(rule.ports));
  }
  return text;
}

/// Whose fragment a packet is, and the set of those whose first piece was dropped. They are
/// remembered for as long as the kernel would wait for the other pieces.
struct Pieces {
  std::string_view set;
  std::string_view key;
  std::string_view first;
  std::string_view later;
};
constexpr int kMostPieces = 65536;
constexpr int kPiecesSeconds = 30;

constexpr Pieces PiecesOf(IpFamily family) {
  if (family == IpFamily::kV4) {
    return {"pieces", "ip saddr . ip daddr . ip id", "ip frag-off & 0x3fff == 0x2000",
            "ip frag-off & 0x1fff != 0"};
  }
  return {"pieces6", "ip6 saddr . ip6 daddr . frag id", "frag frag-off 0", "frag frag-off != 0"};
}

std::string SetText(const std::string& table, const Pieces& pieces) {
  return fmt::format("add set inet {} {} {{ typeof {}; flags dynamic,timeout; size {}; }}\n", table,
                     pieces.set, pieces.key, kMostPieces);
}

bool HasUdp(const std::vector<GuardRule>& rules, IpFamily family) {
  return std::ranges::any_of(rules, [family](const GuardRule& rule) {
    return rule.transport == Transport::kUdp && rule.target.address.family() == family;
  });
}

}  // namespace

std::string Guard::RuleText(const GuardRule& rule) {
  return MatchText(rule) + "counter name drops drop";
}

std::string Guard::FirstPieceText(const GuardRule& rule) {
  const Pieces pieces = PiecesOf(rule.target.address.family());
  return fmt::format("{}{} update @{} {{ {} timeout {}s }}", MatchText(rule), pieces.first,
                     pieces.set, pieces.key, kPiecesSeconds);
}

std::string Guard::LaterPiecesText(IpFamily family) {
  const Pieces pieces = PiecesOf(family);
  return fmt::format("{} {} @{} counter name drops drop", pieces.later, pieces.key, pieces.set);
}

std::string Guard::TableText(const std::string& table, bool owned,
                             const std::vector<GuardRule>& rules) {
  // `create` fails where `add` would join a table of the same name.
  std::string text =
      fmt::format("create table inet {}{}\n", table, owned ? " { flags owner; }" : "");
  text += fmt::format("add counter inet {} drops\n", table);
  // Before connection tracking, which would keep an entry for each replayed connection.
  text += fmt::format(
      "add chain inet {} guard {{ type filter hook prerouting priority raw; policy accept; }}\n",
      table);
  const auto add = [&](const std::string& rule) {
    text += fmt::format("add rule inet {} guard {}\n", table, rule);
  };
  for (const IpFamily family : {IpFamily::kV4, IpFamily::kV6}) {
    if (!HasUdp(rules, family)) continue;
    text += SetText(table, PiecesOf(family));
    add(LaterPiecesText(family));
  }
  for (const GuardRule& rule : rules) {
    if (rule.transport == Transport::kUdp) add(FirstPieceText(rule));
    add(RuleText(rule));
  }
  return text;
}

std::uint64_t Guard::PacketsOf(std::string_view counter_listing) {
  constexpr std::string_view kWord = "packets ";
  const std::size_t at = counter_listing.find(kWord);
  if (at == std::string_view::npos) return 0;
  const std::string_view number = counter_listing.substr(at + kWord.size());
  std::uint64_t packets = 0;
  std::from_chars(number.data(), number.data() + number.size(), packets);
  return packets;
}

std::vector<std::string> Guard::LeftOverTables(std::string_view listing,
                                               const std::function<bool(int pid)>& alive) {
  const std::string start = fmt::format("table inet {}", kTablePrefix);
  std::vector<std::string> tables;
  for (std::size_t at = listing.find(start); at != std::string_view::npos;
       at = listing.find(start, at + 1)) {
    const std::string_view line = listing.substr(at, listing.substr(at).find('\n'));
    const std::string_view number = line.substr(start.size());
    int pid = 0;
    std::from_chars(number.data(), number.data() + number.size(), pid);
    if (pid > 0 && !alive(pid)) tables.push_back(fmt::format("{}{}", kTablePrefix, number));
  }
  return tables;
}

Result<std::unique_ptr<Guard>, IoError> Guard::Install(const std::vector<GuardRule>& rules) {
  TCPCOPY_CHECK(!rules.empty());
  auto nft = NftSession::Open(kWhat);
  if (!nft) return Err(nft.error());
  bool owned = true;
  int name = 1;
  while (true) {
    std::string table = fmt::format("{}{}", kTablePrefix, ::getpid());
    if (name > 1) table += fmt::format("_{}", name);
    const NftSession::Answer answer = (*nft)->Run(TableText(table, owned, rules));
    if (answer.ok) return std::unique_ptr<Guard>(new Guard(*std::move(nft), std::move(table)));
    // A table of this name that another process owns, or does not own.
    const bool taken = answer.NotPermitted() || answer.Exists();
    if (taken && name < kMaxNames) {
      ++name;
    } else if (!taken && owned) {
      owned = false;  // refused by kernels before 5.12, in more than one way
      RemoveLeftOvers(**nft);
    } else {
      if (answer.NotPermitted()) return Err(MissingCapability(kWhat, "CAP_NET_ADMIN"));
      return Err(IoError{fmt::format("{}: {}", kWhat, answer.error)});
    }
  }
}

Guard::Guard(std::unique_ptr<NftSession> nft, std::string table)
    : nft_(std::move(nft)), table_(std::move(table)) {}

Guard::~Guard() { nft_->Run(fmt::format("delete table inet {}\n", table_)); }

std::uint64_t Guard::dropped() const {
  const NftSession::Answer answer = nft_->Run(fmt::format("list counter inet {} drops\n", table_));
  return answer.ok ? PacketsOf(answer.output) : 0;
}

}  // namespace tcpcopy
