#include "src/io/nftables/guard.h"

#include <fmt/format.h>
#include <nftables/libnftables.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "netstack/base/check.h"
#include "src/io/host/capabilities.h"

namespace tcpcopy {
namespace {

constexpr std::string_view kTablePrefix = "tcpcopy_";
constexpr const char* kNotPermitted = "Operation not permitted";
constexpr int kMaxNames = 8;  // other processes may have our number in other pid namespaces

struct Answer {
  bool ok = false;
  std::string output;
  std::string error;  // one line
};

/// libnftables explains an error in several lines, of which the first says what is wrong and the
/// others where.
std::string FirstLine(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

Answer Run(nft_ctx* context, const std::string& commands) {
  Answer answer;
  answer.ok = nft_run_cmd_from_buffer(context, commands.c_str()) == 0;
  answer.output = nft_ctx_get_output_buffer(context);
  answer.error = FirstLine(nft_ctx_get_error_buffer(context));
  return answer;
}

bool Has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

IoError InstallError(const std::string& reason) {
  constexpr std::string_view kWhat = "cannot install the nftables guard";
  if (Has(reason, kNotPermitted)) return MissingCapability(kWhat, "CAP_NET_ADMIN");
  return {fmt::format("{}: {}", kWhat, reason)};
}

bool IsAlive(int pid) { return ::kill(pid, 0) == 0 || errno != ESRCH; }

/// Only kernels without table owners leave any.
void RemoveLeftOvers(nft_ctx* context) {
  const Answer tables = Run(context, "list tables inet\n");
  for (const std::string& table : Guard::LeftOverTables(tables.output, IsAlive)) {
    Run(context, fmt::format("delete table inet {}\n", table));
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

}  // namespace

std::string Guard::RuleText(const GuardRule& rule) {
  const char* const ip = rule.target.address.IsV4() ? "ip" : "ip6";
  std::string text = fmt::format("{} saddr {} ", ip, rule.target.address.ToString());
  text +=
      rule.target.port == 0 ? "meta l4proto tcp " : fmt::format("tcp sport {} ", rule.target.port);
  if (rule.kind == GuardRule::Kind::kNotLocal) {
    text += "fib daddr type != local ";
  } else {
    if (rule.prefix_length > 0) {
      text += fmt::format("{} daddr {}/{} ", ip, rule.destination.ToString(), rule.prefix_length);
    }
    if (!rule.ports.empty()) text += fmt::format("tcp dport {{ {} }} ", PortsText(rule.ports));
  }
  return text + "counter name drops drop";
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
  for (const GuardRule& rule : rules) {
    text += fmt::format("add rule inet {} guard {}\n", table, RuleText(rule));
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
  // Asked first because libnftables prints to standard error when it is refused.
  if (!Capabilities::OfThisProcess().net_admin) return Err(InstallError(kNotPermitted));
  Context context(nft_ctx_new(NFT_CTX_DEFAULT));
  if (!context || nft_ctx_buffer_output(context.get()) != 0 ||
      nft_ctx_buffer_error(context.get()) != 0) {
    return Err(InstallError("libnftables cannot be set up"));
  }
  bool owned = true;
  int name = 1;
  while (true) {
    std::string table = fmt::format("{}{}", kTablePrefix, ::getpid());
    if (name > 1) table += fmt::format("_{}", name);
    const Answer answer = Run(context.get(), TableText(table, owned, rules));
    if (answer.ok) return std::unique_ptr<Guard>(new Guard(std::move(context), std::move(table)));
    // A table of this name that another process owns, or does not own.
    const bool taken = Has(answer.error, kNotPermitted) || Has(answer.error, "File exists");
    if (taken && name < kMaxNames) {
      ++name;
    } else if (!taken && owned) {
      owned = false;  // refused by kernels before 5.12, in more than one way
      RemoveLeftOvers(context.get());
    } else {
      return Err(InstallError(answer.error));
    }
  }
}

Guard::Guard(Context context, std::string table)
    : context_(std::move(context)), table_(std::move(table)) {}

Guard::~Guard() { Run(context_.get(), fmt::format("delete table inet {}\n", table_)); }

void Guard::Closer::operator()(nft_ctx* context) const { nft_ctx_free(context); }

std::uint64_t Guard::dropped() const {
  const Answer answer = Run(context_.get(), fmt::format("list counter inet {} drops\n", table_));
  return answer.ok ? PacketsOf(answer.output) : 0;
}

}  // namespace tcpcopy
