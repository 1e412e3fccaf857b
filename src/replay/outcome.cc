#include "src/replay/outcome.h"

#include <array>

#include "netstack/base/check.h"

namespace tcpcopy {
namespace {

struct Names {
  std::string_view text;
  std::string_view key;
};

constexpr std::array<Names, kOutcomes> kNames = {{
    {"completed", "completed"},
    {"answered", "answered"},
    {"unanswered", "unanswered"},
    {"reset by client", "reset_by_client"},
    {"capture ended", "capture_ended"},
    {"refused by target", "refused_by_target"},
    {"reset by target", "reset_by_target"},
    {"target timeout", "target_timeout"},
    {"replies lost", "replies_lost"},
    {"capture gap", "capture_gap"},
    {"no SYN seen", "no_syn_seen"},
    {"left out by sampling", "left_out_by_sampling"},
    {"left out by the ramp", "left_out_by_ramp"},
    {"left out by rate", "left_out_by_rate"},
    {"left out by CPU limit", "left_out_by_cpu_limit"},
    {"too many sessions", "too_many_sessions"},
    {"no address or port left", "no_address_or_port"},
    {"no memory", "no_memory"},
    {"ended by us", "ended_by_us"},
}};

const Names& NamesOf(Outcome outcome) {
  TCPCOPY_CHECK(outcome < Outcome::kCount);
  return kNames[static_cast<std::size_t>(outcome)];
}

}  // namespace

std::string_view ToString(Outcome outcome) { return NamesOf(outcome).text; }
std::string_view Key(Outcome outcome) { return NamesOf(outcome).key; }

}  // namespace tcpcopy
