#include "src/app/session_line.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace tcpcopy {

std::string SessionLine(const SessionEnd& end) {
  std::string text =
      fmt::format("session {} > {}", end.captured.local.ToString(), end.captured.peer.ToString());
  if (!end.replayed) {
    // With -n its copies are left out together.
    const std::string copies =
        end.totals.sessions > 1 ? fmt::format(", {} copies", end.totals.sessions) : "";
    return fmt::format("{}{}: {}", text, copies, ToString(end.outcome));
  }
  return fmt::format("{}, replayed {} > {}: {}; delivered {} of {} requests, {} of {} bytes", text,
                     end.replayed->local.ToString(), end.replayed->peer.ToString(),
                     ToString(end.outcome), end.totals.requests_delivered, end.totals.requests,
                     end.totals.bytes_delivered, end.totals.bytes);
}

std::string SessionFields(const SessionEnd& end) {
  nlohmann::ordered_json session = {{"client", end.captured.local.ToString()},
                                    {"production", end.captured.peer.ToString()}};
  if (end.replayed) {
    session["local"] = end.replayed->local.ToString();
    session["target"] = end.replayed->peer.ToString();
  }
  session["outcome"] = Key(end.outcome);
  session["sessions"] = end.totals.sessions;
  session["requests"] = end.totals.requests;
  session["requests_delivered"] = end.totals.requests_delivered;
  session["bytes"] = end.totals.bytes;
  session["bytes_delivered"] = end.totals.bytes_delivered;
  return nlohmann::ordered_json{{"session", session}}.dump();
}

}  // namespace tcpcopy
