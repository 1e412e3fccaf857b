#pragma once

#include <cstdint>
#include <optional>

#include "netstack/base/time.h"
#include "netstack/wire/flow_key.h"
#include "src/replay/outcome.h"

namespace tcpcopy {

/// Decides which captured sessions are replayed, before anything is spent on them. A session is let
/// in or left out as a whole, with all of its copies.
class Admission {
 public:
  struct Settings {
    unsigned sample_percent = 100;  // -r: of the sessions, always the same ones
    bool gradual = false;           // -g: one per cent of them in the first second, two in the next
    double rate = 0;                // --rate: sessions a second, copies counted; 0: any number
    /// The source is a file: it is read later instead of anything being left out by rate or CPU.
    bool source_waits = false;
    /// Files: when a session is to begin follows from the capture's times, or from the rate.
    bool has_schedule = false;
  };

  /// What is counted against a rate of one a second or more; below that, one session's time.
  static constexpr Duration kRateWindow = std::chrono::seconds(1);

  explicit Admission(const Settings& settings) : settings_(settings) {}

  /// Judges a new session on `captured` that would be replayed `copies` times; empty: it is let in.
  /// The ramp of -g begins with the first call. `due`: when its first packet was, for a source that
  /// waits; the rate's schedule goes on from there, however late we are.
  std::optional<Outcome> Refuse(const FlowKey& captured, std::uint32_t copies, Instant now,
                                Instant due);
  std::optional<Outcome> Refuse(const FlowKey& captured, std::uint32_t copies, Instant now) {
    return Refuse(captured, copies, now, now);
  }

  /// When the session that was let in last was to begin, if there is a schedule.
  std::optional<Instant> Scheduled() const { return scheduled_; }

  /// When a source that can wait may be read on; not later than `now`: at once. `kNever`: when
  /// `set_over_cpu_limit` says so.
  Instant OpensAt() const { return over_cpu_limit_ ? kNever : next_start_; }

  /// --cpu-limit: the process uses more than it may.
  void set_over_cpu_limit(bool over) { over_cpu_limit_ = over; }

 private:
  bool RampHolds(const FlowKey& captured, Instant now);
  bool IsTooFast(std::uint32_t copies, Instant now);
  void Schedule(std::uint32_t copies, Instant due);

  const Settings settings_;
  std::optional<Instant> ramp_begin_;
  Instant next_start_{};   // files: when the rate allows the next session
  Instant rate_begin_{};   // files: since when sessions are as far apart as the rate says
  double rate_count_ = 0;  // of these
  std::optional<Instant> scheduled_;
  Instant window_end_{};     // live: of the second that is counted
  double window_count_ = 0;  // sessions let in since it began
  bool over_cpu_limit_ = false;
};

}  // namespace tcpcopy
