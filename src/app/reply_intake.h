#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "src/io/packet_source.h"
#include "src/io/reply_path.h"
#include "src/replay/replay_engine.h"

namespace tcpcopy {

/// Where the target's replies come in: captured on this host, or carried here by intercepts.
class ReplyIntake {
 public:
  struct Events {
    /// Replies can come, so that sessions may begin; by `Start` at the earliest, and each time that
    /// they can come again.
    std::function<void()> on_ready;
    /// No reply will come any more; one line for the user.
    std::function<void(const std::string& why)> on_lost;
    /// Other lines for the user.
    std::function<void(const std::string& line)> log;
    /// Those of them that tell of trouble.
    std::function<void(const std::string& line)> warn;
  };

  struct Stats {
    CaptureStats captured_here{};
    bool carried = false;
    // The rest is of replies that are carried.
    CaptureStats captured_there{};            // as intercepts tell
    std::uint64_t dropped_on_the_way = 0;     // by intercepts, because we read too slowly
    std::uint64_t announcements_dropped = 0;  // sessions that they could not be told of in time
  };

  virtual ~ReplyIntake() = default;

  /// Whether replies can come at this moment.
  virtual bool available() const = 0;
  /// For the engine that gets the replies; nullptr when they are captured here.
  virtual ReplyPath* path() = 0;
  /// Hands replies to `engine`, not owned, from now on and until `Stop`.
  virtual void Start(ReplayEngine& engine) = 0;
  virtual void Stop() = 0;
  /// To be called each second: looks after what nobody tells of.
  virtual void OnSecond() = 0;
  virtual Stats stats() const = 0;
};

}  // namespace tcpcopy
