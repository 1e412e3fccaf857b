#include "src/app/intercept/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace tcpcopy {

std::string InterceptReport::Line() const {
  return fmt::format(
      "{} connections, {} sessions; replies: {} caught, {} relayed, {} stray, {} dropped for slow "
      "peers, {} lost before they were caught",
      peers, routes, relay.caught, relay.relayed, relay.stray, relay.dropped,
      capture.dropped_by_kernel + capture.dropped_by_interface);
}

std::string InterceptReport::Table() const {
  std::string text;
  const auto row = [&](std::string_view name, std::uint64_t count, std::string_view what) {
    text += fmt::format("  {:<14} {:>12}  {}\n", name, count, what);
  };
  row("connections", peers,
      fmt::format("of tcpcopys now; {} were accepted, {} refused or ended", channel.accepted,
                  channel.refused));
  row("sessions", routes, fmt::format("announced now; {} were in all", route_changes.added));
  row("forgotten", route_changes.expired + route_changes.evicted,
      fmt::format("sessions: {} were silent for too long, {} made room", route_changes.expired,
                  route_changes.evicted));
  row("caught", relay.caught, "packets");
  row("relayed", relay.relayed,
      fmt::format("replies, in {} messages of {} bytes in all", channel.batches, channel.bytes));
  row("stray", relay.stray, "replies that nobody asked for");
  row("held", relay.held,
      fmt::format("first replies that came before they were asked for; {} of them in vain",
                  relay.unclaimed));
  row("dropped", relay.dropped, "replies whose peer read too slowly");
  row("lost", capture.dropped_by_kernel + capture.dropped_by_interface,
      "packets that were not taken from the kernel in time");
  row("cut", relay.cut, "replies relayed with less payload than was wanted");
  row("rewritten", relay.rewritten, "replies, by -D");
  row("twins", relay.twins, "further views of one packet");
  row("unparsable", relay.unparsable, "packets without a readable TCP header");
  return text;
}

std::string InterceptReport::Fields() const {
  const nlohmann::ordered_json json = {
      {"connections",
       {{"active", peers}, {"accepted", channel.accepted}, {"refused", channel.refused}}},
      {"sessions",
       {{"active", routes},
        {"announced", route_changes.added},
        {"expired", route_changes.expired},
        {"evicted", route_changes.evicted}}},
      {"replies",
       {{"caught", relay.caught},
        {"relayed", relay.relayed},
        {"messages", channel.batches},
        {"bytes", channel.bytes},
        {"stray", relay.stray},
        {"held", relay.held},
        {"held_in_vain", relay.unclaimed},
        {"dropped", relay.dropped},
        {"cut", relay.cut},
        {"rewritten", relay.rewritten},
        {"twins", relay.twins},
        {"unparsable", relay.unparsable}}},
      {"capture",
       {{"dropped_by_kernel", capture.dropped_by_kernel},
        {"dropped_by_interface", capture.dropped_by_interface}}}};
  return json.dump();
}

}  // namespace tcpcopy
