#include "src/app/report.h"

#include <fmt/format.h>
#include <string.h>

#include <nlohmann/json.hpp>

#include "src/app/lateness_json.h"
#include "src/app/summary_head.h"

namespace tcpcopy {
namespace {

double Seconds(Duration elapsed) { return std::chrono::duration<double>(elapsed).count(); }

std::string Row(std::string_view name, const SessionTotals& totals) {
  return fmt::format("  {:<24}{:>10}{:>12}{:>12}{:>15}{:>15}\n", name, totals.sessions,
                     totals.requests, totals.requests_delivered, totals.bytes,
                     totals.bytes_delivered);
}

template <typename Visit>
void ForEachOutcome(Visit visit) {
  for (std::size_t i = 0; i < kOutcomes; ++i) visit(static_cast<Outcome>(i));
}

template <typename Enum, typename Visit>
void ForEach(Visit visit) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(Enum::kCount); ++i) {
    visit(static_cast<Enum>(i));
  }
}

std::uint64_t Dropped(const CaptureStats& capture) {
  return capture.dropped_by_kernel + capture.dropped_by_interface;
}

bool IsUdp(const Ledger& ledger) { return ledger.transport() == Transport::kUdp; }

/// " (2 target timeout, 1 capture gap)"; nothing when all sessions ended well.
std::string OtherOutcomes(const Ledger& ledger) {
  std::string text;
  ForEachOutcome([&](Outcome outcome) {
    const std::uint64_t sessions = ledger.Of(outcome).sessions;
    if (outcome == ledger.success() || sessions == 0) return;
    text += fmt::format("{}{} {}", text.empty() ? " (" : ", ", sessions, ToString(outcome));
  });
  return text.empty() ? text : text + ")";
}

/// What became of replies between intercepts and us; nothing when none are in use.
std::string CarriedLines(const ReportInput& input) {
  const ReplyIntake::Stats& replies = input.replies;
  if (!replies.carried) return "";
  std::string text = fmt::format(
      "  replies dropped on their way from intercept: {} (slow tcpcopy), {} (capture)\n",
      replies.dropped_on_the_way, replies.captured_there.dropped_by_kernel);
  if (input.ledger.replies_twice() > 0) {
    text += fmt::format("  replies that came by more than one way: {}; taken once\n",
                        input.ledger.replies_twice());
  }
  if (replies.announcements_dropped > 0) {
    text += fmt::format("  sessions that a slow intercept was not told of: {}\n",
                        replies.announcements_dropped);
  }
  return text;
}

/// What became of datagrams, and what is told only of them; nothing with TCP.
std::string DatagramLines(const Ledger& ledger) {
  if (!IsUdp(ledger)) return "";
  const DatagramCounts& counts = ledger.datagrams();
  std::string text =
      fmt::format("  datagrams answered by the target: {} of {} sent (UDP acknowledges nothing)\n",
                  counts.answered, ledger.seen().requests_delivered);
  if (counts.unreachable > 0) {
    text += fmt::format("  told to be unreachable: {} datagrams\n", counts.unreachable);
  }
  if (counts.too_long + counts.no_room > 0) {
    text += fmt::format("  not sent: {} datagrams too long for the target, {} for want of memory\n",
                        counts.too_long, counts.no_room);
  }
  if (counts.made_room > 0) {
    text += fmt::format("  sessions ended early to make room for others: {}\n", counts.made_room);
  }
  return text;
}

/// Nothing where there is no schedule, or it was kept well enough that nobody would notice.
std::string LatenessLine(const Histogram& lateness) {
  using Milliseconds = std::chrono::duration<double, std::milli>;
  constexpr Duration kNotable = std::chrono::milliseconds(10);
  if (lateness.max() < kNotable) return "";
  const auto in_ms = [](Duration time) { return Milliseconds(time).count(); };
  return fmt::format(
      "  sessions began later than scheduled: half of them at most {:.1f} ms, 99 % {:.1f} ms, all "
      "{:.1f} ms\n",
      in_ms(lateness.Percentile(50)), in_ms(lateness.Percentile(99)), in_ms(lateness.max()));
}

/// "ENOBUFS".
std::string NameOf(int error_number) {
  const char* const name = ::strerrorname_np(error_number);
  return name != nullptr ? name : std::to_string(error_number);
}

/// " (3 ENOBUFS, 1 EPERM)"; nothing when there are none.
std::string SendErrors(const PacketSink::Stats& sent) {
  std::string text;
  for (const auto& [number, count] : sent.errors_by_number) {
    text += fmt::format("{}{} {}", text.empty() ? " (" : ", ", count, NameOf(number));
  }
  return text.empty() ? text : text + ")";
}

std::string PacketLines(const ReportInput& input) {
  const Ledger& ledger = input.ledger;
  std::string detail;
  ForEach<PacketVerdict>([&](PacketVerdict verdict) {
    if (ledger.Of(verdict) > 0) detail += fmt::format(", {} {}", ledger.Of(verdict), Key(verdict));
  });
  ForEach<ParseError>([&](ParseError error) {
    if (ledger.Of(error) > 0) detail += fmt::format(", {} {}", ledger.Of(error), ToString(error));
  });
  std::string text = fmt::format("  captured packets: {}{}\n", ledger.packets(), detail);
  if (!input.shard.IsAll()) {
    text += fmt::format("  shard {}; not counted here: {} packets of the other shards' sessions\n",
                        input.shard.ToString(), ledger.of_other_shards());
  }
  if (ledger.cut_packets() > 0) {
    text += fmt::format("  of these cut by the capture's snaplen: {}\n", ledger.cut_packets());
  }
  if (ledger.adopted_sessions() > 0) {
    text += fmt::format("  adopted in mid-stream: {} sessions; {} bytes before them not sent\n",
                        ledger.adopted_sessions(), ledger.skipped_bytes());
  }
  if (ledger.conflicting_segments() > 0) {
    text += fmt::format("  overlaps that differ: {} segments, {} bytes; sent as captured first\n",
                        ledger.conflicting_segments(), ledger.conflicting_bytes());
  }
  text += fmt::format("  sent to the target: {} packets, {} bytes, {} send errors{}\n",
                      input.sent.packets, input.sent.bytes, input.sent.errors(),
                      SendErrors(input.sent));
  if (input.sent.joined > 0) {
    text += fmt::format("  of these joined: {} times several, to be parted as they leave (GSO)\n",
                        input.sent.joined);
  }
  if (input.sent.waits > 0) {
    text += fmt::format("  waited for room to send: {} times; too many packets were on their way\n",
                        input.sent.waits);
  }
  if (ledger.too_big() > 0) {
    text += fmt::format("  of these too big for a router on the way: {}\n", ledger.too_big());
  }
  text += fmt::format("  replies of the target: {} ({} more of no session)\n", ledger.replies(),
                      ledger.stray_replies());
  text += DatagramLines(ledger) + CarriedLines(input);
  text += fmt::format("  dropped by the kernel before we saw them: {} client packets, {} replies\n",
                      input.client_capture.dropped_by_kernel,
                      input.replies.captured_here.dropped_by_kernel);
  return text;
}

nlohmann::ordered_json Totals(const SessionTotals& totals) {
  return {{"sessions", totals.sessions},
          {"requests", totals.requests},
          {"requests_delivered", totals.requests_delivered},
          {"bytes", totals.bytes},
          {"bytes_delivered", totals.bytes_delivered}};
}

nlohmann::ordered_json Packets(const ReportInput& input) {
  const Ledger& ledger = input.ledger;
  nlohmann::ordered_json verdicts;
  ForEach<PacketVerdict>(
      [&](PacketVerdict verdict) { verdicts[std::string(Key(verdict))] = ledger.Of(verdict); });
  nlohmann::ordered_json errors;
  ForEach<ParseError>(
      [&](ParseError error) { errors[std::string(ToString(error))] = ledger.Of(error); });

  nlohmann::ordered_json by_name = nlohmann::ordered_json::object();
  for (const auto& [number, count] : input.sent.errors_by_number) by_name[NameOf(number)] = count;
  return {{"captured", ledger.packets()},
          {"verdicts", verdicts},
          {"unparsable", errors},
          {"cut_by_snaplen", ledger.cut_packets()},
          {"conflicting_segments", ledger.conflicting_segments()},
          {"conflicting_bytes", ledger.conflicting_bytes()},
          {"sent", input.sent.packets},
          {"sent_bytes", input.sent.bytes},
          {"send_errors", input.sent.errors()},
          {"send_errors_by_name", by_name},
          {"send_waits", input.sent.waits},
          {"sent_joined", input.sent.joined},
          {"too_big", ledger.too_big()},
          {"replies", ledger.replies()},
          {"stray_replies", ledger.stray_replies()},
          {"replies_twice", ledger.replies_twice()}};
}

nlohmann::ordered_json Report(const ReportInput& input) {
  const Ledger& ledger = input.ledger;
  nlohmann::ordered_json outcomes;
  nlohmann::ordered_json by_outcome;
  ForEachOutcome([&](Outcome outcome) {
    outcomes[std::string(Key(outcome))] = ledger.Of(outcome).sessions;
    by_outcome[std::string(Key(outcome))] = Totals(ledger.Of(outcome));
  });
  nlohmann::ordered_json json;
  json["transport"] = Name(ledger.transport());
  json["sessions"] = {{"seen", ledger.seen().sessions},
                      {"active", ledger.active().sessions},
                      {"outcomes", outcomes}};
  for (std::size_t i = 0; i < input.sessions_by_worker.size(); ++i) {
    json["sessions"]["by_worker"][std::to_string(i + 1)] = input.sessions_by_worker[i];
  }
  json["adopted"] = {{"sessions", ledger.adopted_sessions()},
                     {"bytes_skipped", ledger.skipped_bytes()}};
  json["requests"] = {{"seen", ledger.seen().requests},
                      {"delivered", ledger.seen().requests_delivered}};
  json["bytes"] = {{"seen", ledger.seen().bytes}, {"delivered", ledger.seen().bytes_delivered}};
  json["by_outcome"] = by_outcome;
  json["packets"] = Packets(input);
  json["capture"] = {{"dropped_by_kernel", input.client_capture.dropped_by_kernel},
                     {"dropped_by_interface", input.client_capture.dropped_by_interface},
                     {"replies_dropped_by_kernel", input.replies.captured_here.dropped_by_kernel}};
  if (input.replies.carried) {
    json["intercept"] = {{"capture_dropped", input.replies.captured_there.dropped_by_kernel},
                         {"replies_dropped", input.replies.dropped_on_the_way},
                         {"announcements_dropped", input.replies.announcements_dropped}};
  }
  if (IsUdp(ledger)) {
    const DatagramCounts& counts = ledger.datagrams();
    json["datagrams"] = {{"answered", counts.answered},
                         {"unreachable", counts.unreachable},
                         {"too_long", counts.too_long},
                         {"no_room", counts.no_room},
                         {"sessions_made_room", counts.made_room}};
  }
  if (ledger.lateness().count() > 0) json["lateness"] = LatenessJson(ledger.lateness());
  if (!input.shard.IsAll()) {
    json["shard"] = {{"of", input.shard.count()},
                     {"numbers", nlohmann::ordered_json::array({input.shard.number()})},
                     {"packets_of_others", ledger.of_other_shards()}};
  }
  json["elapsed_s"] = Seconds(input.elapsed);
  return json;
}

}  // namespace

std::string ReportTable(const ReportInput& input) {
  const Ledger& ledger = input.ledger;
  const char* const delivered = IsUdp(ledger) ? "sent" : "delivered";
  std::string text = fmt::format("  {:<24}{:>10}{:>12}{:>12}{:>15}{:>15}\n", "", "sessions",
                                 "requests", delivered, "bytes", delivered);
  ForEachOutcome([&](Outcome outcome) {
    if (ledger.Of(outcome).sessions > 0) text += Row(ToString(outcome), ledger.Of(outcome));
  });
  if (ledger.active().sessions > 0) text += Row("active", ledger.active());
  text += Row("seen", ledger.seen());
  text += PacketLines(input);
  text += LatenessLine(ledger.lateness());
  const double seconds = Seconds(input.elapsed);
  text += fmt::format("  time: {:.3f} s, {:.0f} sessions/s\n", seconds,
                      seconds > 0 ? static_cast<double>(ledger.seen().sessions) / seconds : 0.0);
  return text;
}

std::string ReportLine(const ReportInput& input) {
  const Ledger& ledger = input.ledger;
  const std::uint64_t well = ledger.Of(ledger.success()).sessions;
  const ReplyIntake::Stats& replies = input.replies;
  std::string text = fmt::format(
      "{} sessions: {} active, {} {}, {} other{}; {} requests, {} {}; {} replies; {} "
      "send errors; lost: {} client packets, {} replies",
      ledger.seen().sessions, ledger.active().sessions, well, ToString(ledger.success()),
      ledger.Ended().sessions - well, OtherOutcomes(ledger), ledger.seen().requests,
      ledger.seen().requests_delivered, IsUdp(ledger) ? "sent" : "delivered", ledger.replies(),
      input.sent.errors(), Dropped(input.client_capture), Dropped(replies.captured_here));
  if (!replies.carried) return text;
  return text +
         fmt::format(", {} where intercept catches them, {} on their way here, {} announcements",
                     Dropped(replies.captured_there), replies.dropped_on_the_way,
                     replies.announcements_dropped);
}

std::string ReportJson(const ReportInput& input) {
  nlohmann::ordered_json json = SummaryHead();
  json.update(Report(input));
  return json.dump(2) + "\n";
}

std::string ReportFields(const ReportInput& input) {
  nlohmann::ordered_json report = Report(input);
  report.erase("by_outcome");
  if (report.contains("lateness")) report["lateness"].erase("buckets_us");
  return report.dump();
}

}  // namespace tcpcopy
