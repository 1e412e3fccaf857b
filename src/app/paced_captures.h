#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "src/io/packet_source.h"
#include "src/io/pcap/merged_captures.h"
#include "src/replay/pacing.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// Capture files as a source that gives each packet when it is due, some rounds one after the other
/// without a pause between them. The files are opened anew for each: who replaces one between two
/// rounds has the new one replayed. One that is damaged is told of, and the others go on; one that
/// cannot be opened again is an error.
class PacedCaptures final : public PacketSource {
 public:
  struct Settings {
    std::vector<std::string> paths;
    std::string filter;  // pcap-filter(7)
    Pacing::Settings pacing;
    std::uint64_t rounds = 1;  // 0: until stopped
  };
  struct Events {
    /// In each file once, however many rounds find it so.
    std::function<void(const std::string& why)> on_damage;
    /// A round is over, and another one would begin; false makes it the last, and who has to ask
    /// others first says nothing and calls `Decide` later. Not empty unless there is one round. Who
    /// agrees although a round gave nothing is asked again and again.
    std::function<std::optional<bool>()> on_round_end;
  };

  /// `captures`: `settings`' files, opened for the first round. `loop` is not owned.
  PacedCaptures(std::unique_ptr<MergedCaptures> captures, Settings settings, Events events,
                const EventLoop& loop)
      : captures_(std::move(captures)),
        settings_(std::move(settings)),
        events_(std::move(events)),
        loop_(loop) {}

  Result<Status, SourceError> Drain(PacketHandler& handler, std::size_t limit) override;
  int PollFd() const override { return captures_->PollFd(); }
  Instant NextDue() const override { return next_due_; }

  /// Whether `another` round begins, for who was asked and said nothing; to be read on after it.
  void Decide(bool another) { another_ = another; }

  /// Of this round.
  const MergedCaptures& captures() const { return *captures_; }
  /// 1 is the first.
  std::uint64_t round() const { return round_; }

 private:
  /// Makes the next packet of this round known, if there is one.
  void ReadAhead();
  Result<Status, SourceError> NextRound();

  std::unique_ptr<MergedCaptures> captures_;
  const Settings settings_;
  const Events events_;
  std::optional<Pacing> pacing_;  // from the first packet on
  const EventLoop& loop_;
  std::uint64_t round_ = 1;
  bool asked_ = false;                  // whether another one begins
  std::optional<bool> another_;         // and the answer
  std::set<std::string> told_;          // damages, at most `MergedCaptures::kMaxFiles`
  std::optional<CapturedPacket> next_;  // read, not yet due
  Instant next_due_ = kNever;
  bool starved_ = false;   // by a pipe that has no more for now
  Instant there_since_{};  // when it had again: nothing is due before it is there
};

}  // namespace tcpcopy
