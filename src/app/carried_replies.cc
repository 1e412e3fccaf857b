#include "src/app/carried_replies.h"

#include <fmt/format.h>

#include <utility>

#include "src/app/options/endpoint_list.h"
#include "src/app/version.h"
#include "src/replay/reply_carriers.h"

namespace tcpcopy {
namespace {

ReplyChannels::Options ChannelsOf(const ChannelOptions& options, const TargetMap& targets) {
  ReplyChannels::Options channels;
  channels.intercepts = options.intercepts;
  channels.connections = options.connections;
  channels.protocol = options.protocol;
  channels.payload_bytes = options.payload_bytes;
  channels.secret = options.secret;
  for (const Mapping& mapping : targets.mappings()) channels.targets.push_back(mapping.target);
  channels.program = fmt::format("tcpcopy {}", kVersion);
  return channels;
}

double Seconds(Duration span) { return std::chrono::duration<double>(span).count(); }

}  // namespace

CarriedReplies::CarriedReplies(EventLoop& loop, const ChannelOptions& options,
                               const TargetMap& targets, bool at_once, Events events,
                               std::uint64_t seed)
    : loop_(loop),
      options_(options),
      at_once_(at_once && options.wait_for_ever),
      events_(std::move(events)),
      channels_(
          loop, *this, ChannelsOf(options, targets),
          {.on_up = [this](ReplyPath::Carrier carrier) { OnUp(carrier); },
           .on_narrowed =
               [this](ReplyPath::Carrier carrier) { engine_->reply_carriers()->OnForgot(carrier); },
           .on_down = [this](ReplyPath::Carrier carrier,
                             const std::string& why) { OnDown(carrier, why); },
           .on_trouble = [this](const std::string& line) { events_.log(line); },
           .on_answer = {}},
          seed) {}

void CarriedReplies::Start(ReplayEngine& engine) {
  engine_ = &engine;
  loop_.timers().Set(*this, loop_.Now() + options_.lost_timeout);
  channels_.Start();
  if (at_once_) return events_.on_ready();
  events_.log(fmt::format("waiting for intercept: {}", ListOf(options_.intercepts)));
}

void CarriedReplies::Stop() {
  loop_.timers().Cancel(*this);
  channels_.Stop();
}

void CarriedReplies::OnSecond() {
  // Often enough for a session, and rarely enough for many thousands of a target that is gone.
  constexpr unsigned kPatience = 3;
  if (++seconds_ % kPatience == 0) {
    engine_->reply_carriers()->AskForSilent(loop_.Now() - std::chrono::seconds(kPatience));
  }
}

void CarriedReplies::OnPacket(const CapturedPacket& packet) {
  engine_->target_side().OnPacket(packet);
}

void CarriedReplies::OnUp(ReplyPath::Carrier carrier) {
  loop_.timers().Cancel(*this);
  events_.log(fmt::format("intercept {} is there", channels_.intercept(carrier).ToString()));
  engine_->reply_carriers()->OnFound();
  if (channels_.up() == 1) events_.on_ready();
}

void CarriedReplies::OnDown(ReplyPath::Carrier carrier, const std::string& why) {
  events_.warn(
      fmt::format("intercept {} is gone: {}", channels_.intercept(carrier).ToString(), why));
  if (channels_.up() == 0) loop_.timers().Set(*this, loop_.Now() + options_.lost_timeout);
  engine_->reply_carriers()->OnLost(carrier);
}

void CarriedReplies::OnTimer() {
  if (options_.wait_for_ever) return;
  events_.on_lost(
      fmt::format("no intercept could be reached for {} s: {}; with -L tcpcopy waits on",
                  Seconds(options_.lost_timeout), ListOf(options_.intercepts)));
}

ReplyIntake::Stats CarriedReplies::stats() const {
  const ReplyChannels::Stats stats = channels_.stats();
  return {.carried = true,
          .captured_there = stats.capture,
          .dropped_on_the_way = stats.replies_dropped,
          .announcements_dropped = stats.announcements_dropped};
}

}  // namespace tcpcopy
