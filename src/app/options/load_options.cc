#include "src/app/options/load_options.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "src/replay/client_shift.h"

namespace tcpcopy {
namespace {

using Done = Result<void, std::string>;

constexpr std::int64_t kMostCopies = 1023;
constexpr std::int64_t kMostSessions = 100'000'000;
constexpr std::int64_t kMostCpu = 100'000;
constexpr double kHighestRate = 10'000'000;

/// "3", or "3/8".
Done SetShare(std::string_view text, LoadOptions& options) {
  constexpr std::int64_t kInstances = PortShare::kInstances;
  const std::size_t slash = text.find('/');
  const auto number = ParseWhole(text.substr(0, slash), {0, kInstances - 1, ""});
  if (!number) return Err(number.error());
  if (slash == std::string_view::npos) {
    options.share = PortShare::Numbered(static_cast<std::uint32_t>(*number));
    return {};
  }
  const auto count = ParseWhole(text.substr(slash + 1), {1, kInstances, ""});
  if (!count) return Err(count.error());
  if (*number >= *count) return Err(fmt::format("{} instances have no number {}", *count, *number));
  options.share =
      PortShare::OneOf(static_cast<std::uint32_t>(*number), static_cast<std::uint32_t>(*count));
  return {};
}

/// "2/3".
Done SetShard(std::string_view text, LoadOptions& options) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return Err(fmt::format("'{}' is no I/N", text));
  const auto number = ParseWhole(text.substr(0, slash), {1, Shard::kMost, ""});
  if (!number) return Err(number.error());
  const auto count = ParseWhole(text.substr(slash + 1), {1, Shard::kMost, ""});
  if (!count) return Err(count.error());
  if (*number > *count) return Err(fmt::format("{} shards have no number {}", *count, *number));
  options.shard = Shard(static_cast<std::uint32_t>(*number), static_cast<std::uint32_t>(*count));
  return {};
}

Done SetRate(const std::string& text, LoadOptions& options) {
  const auto rate = ParseDecimal(text);
  if (!rate) return Err(rate.error());
  if (*rate <= 0 || *rate > kHighestRate) return Err(fmt::format("'{}' is out of range", text));
  options.rate = *rate;
  return {};
}

}  // namespace

OptionGroup LoadOptionGroup(LoadOptions& o) {
  return {
      "How much load",
      {WholeNumber("-n,--copies", {1, kMostCopies, "copies"}, 10,
                   "replay each captured session so many times at once (1)",
                   [&o](auto n) { o.copies = static_cast<std::uint16_t>(n); }),
       WholeNumber("--shift-clients", {1, ClientShift::kMostStep, "addresses"}, 65'536,
                   "let each copy (-n) and round (-T) of a client come from an address so many "
                   "further (the same)",
                   [&o](auto n) { o.shift = static_cast<std::uint64_t>(n); }),
       {"-f,--instance", "K[/N]", "0..1023, or K/N for number K of N instances", "0/4",
        "the number of this instance, where several copy to one target: they never use the same "
        "ports (low numbers have more of them; with /N each has the same)",
        [&o](const std::string& text) { return SetShare(text, o); }},
       {"--shard", "I/N", fmt::format("I/N with 1 <= I <= N <= {}", Shard::kMost), "1/3",
        "replay the I-th of N parts of the sessions only, so that N machines share a capture, or "
        "live traffic, without knowing of each other (all)",
        [&o](const std::string& text) { return SetShard(text, o); }},
       {"--rate", "N", fmt::format("new sessions a second, above 0 and up to {:.0f}", kHighestRate),
        "500",
        "open at most so many sessions a second: a file is read later, of a live capture the "
        "others are left out (any number)",
        [&o](const std::string& text) { return SetRate(text, o); }},
       WholeNumber("--max-sessions", {1, kMostSessions, "sessions"}, 10'000,
                   "replay at most so many at once: a file is read later, of a live capture "
                   "further ones are refused (as many as -m allows); not less than -n",
                   [&o](auto n) { o.most_at_once = static_cast<std::size_t>(n); }),
       WholeNumber("--cpu-limit", {1, kMostCpu, "per cent of a core"}, 50,
                   "while more CPU than that is used, open no session: a file is read later, of a "
                   "live capture whole sessions are left out (none)",
                   [&o](auto n) { o.cpu_percent = static_cast<unsigned>(n); })},
      {{"-g,--gradually", "begin with one per cent of the sessions, and take one more each second",
        [&o] { o.gradual = true; }}}};
}

}  // namespace tcpcopy
