#include "src/io/host/old_iptables.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "src/io/host/proc_file.h"
#include "src/io/host/run_program.h"

namespace tcpcopy {
namespace {

/// Takes the next word off the front.
std::string_view Word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

/// The packets of "[12:720]".
std::optional<std::uint64_t> Packets(std::string_view counters) {
  if (!counters.starts_with('[')) return std::nullopt;
  std::uint64_t packets = 0;
  const auto [end, error] =
      std::from_chars(counters.data() + 1, counters.data() + counters.size(), packets);
  if (error != std::errc()) return std::nullopt;
  return packets;
}

bool IsDrop(std::string_view rule) {
  const std::size_t at = rule.find(" -j ");
  if (at == std::string_view::npos) return false;
  std::string_view rest = rule.substr(at + 4);
  const std::string_view target = Word(rest);
  return target == "DROP" || target == "REJECT";
}

/// ":INPUT DROP [5:300]", without the colon.
std::optional<OldDropRule> ParsePolicy(std::string_view line) {
  OldDropRule found;
  found.chain = Word(line);
  if (Word(line) != "DROP") return std::nullopt;
  const auto packets = Packets(line);
  if (!packets) return std::nullopt;
  found.rule = "policy DROP";
  found.packets = *packets;
  return found;
}

/// "[5:300] -A INPUT -p tcp -j DROP".
std::optional<OldDropRule> ParseRule(std::string_view line) {
  const auto packets = Packets(Word(line));
  if (!packets || !line.starts_with("-A ") || !IsDrop(line)) return std::nullopt;
  OldDropRule found;
  found.rule = line;
  Word(line);
  found.chain = Word(line);
  found.packets = *packets;
  return found;
}

}  // namespace

bool HasOldIptables(IpFamily family) {
  const char* const names =
      family == IpFamily::kV4 ? "/proc/net/ip_tables_names" : "/proc/net/ip6_tables_names";
  return !ReadProcFile(names).empty();
}

std::string OldIptablesProgram(IpFamily family) {
  return family == IpFamily::kV4 ? "iptables-legacy" : "ip6tables-legacy";
}

std::vector<OldDropRule> OldDropRules(IpFamily family) {
  if (!HasOldIptables(family)) return {};
  const auto saved = RunProgram({OldIptablesProgram(family) + "-save", "-c"}, "");
  if (!saved || saved->exit_code != 0) return {};
  return ParseOldDropRules(saved->output);
}

std::vector<OldDropRule> ParseOldDropRules(std::string_view saved) {
  std::vector<OldDropRule> rules;
  std::string table;
  while (!saved.empty()) {
    std::string_view line = saved.substr(0, saved.find('\n'));
    saved.remove_prefix(std::min(line.size() + 1, saved.size()));
    std::optional<OldDropRule> found;
    if (line.starts_with('*')) table = line.substr(1);
    if (line.starts_with(':')) found = ParsePolicy(line.substr(1));
    if (line.starts_with('[')) found = ParseRule(line);
    if (!found) continue;
    found->table = table;
    rules.push_back(std::move(*found));
  }
  return rules;
}

}  // namespace tcpcopy
