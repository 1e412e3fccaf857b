#include "src/io/intercept/reply_channels.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "netstack/base/check.h"
#include "netstack/base/prng.h"
#include "src/io/intercept/channel.h"

namespace tcpcopy {
namespace {

// Of one intercept that does not come up; an intercept says what it likes.
constexpr std::size_t kMaxTroubles = 8;

}  // namespace

/// The channels, by intercept, and what is known of each intercept.
class ReplyChannels::Intercepts final : private ChannelOwner {
 public:
  Intercepts(EventLoop& loop, PacketHandler& replies, Options options, Events events,
             std::uint64_t seed);

  void Start();
  void Stop();

  std::size_t up() const;
  std::size_t size() const { return known_.size(); }
  const Endpoint& At(Carrier carrier) const;

  bool Announce(const FlowKey& flow);
  bool AnnounceTo(const FlowKey& flow, Carrier carrier);
  void Withdraw(const FlowKey& flow, Carrier from);
  bool Ask(Carrier carrier, const std::string& question);
  Stats stats() const;

 private:
  /// What is known of an intercept.
  struct Known {
    std::size_t up = 0;                 // connections to it that are
    std::vector<std::string> troubles;  // told to the user since it was last up
    // Of its capture, as it tells. It counts anew when it was started anew.
    CaptureStats before;
    CaptureStats now;
  };

  std::span<const std::unique_ptr<Channel>> ChannelsTo(Carrier carrier) const;
  Channel* Choose(Carrier carrier, const FlowKey& flow) const;
  Known& KnownOf(const Channel& channel) { return known_[channel.carrier() - std::size_t{1}]; }

  // ChannelOwner.
  void OnUp(Channel& channel) override;
  void OnDown(Channel& channel, const std::string& why) override;
  void OnTrouble(Channel& channel, const std::string& why) override;
  void OnReply(Channel& channel, const Reply& reply) override;
  void OnHeartbeat(Channel& channel, const Heartbeat& heartbeat) override;
  void OnAnswer(Channel& channel, std::string_view answer) override;

  PacketHandler& replies_;
  const Options options_;
  const Events events_;
  const std::size_t each_;  // channels of an intercept
  const FlowKeyHash hash_;
  std::vector<std::unique_ptr<Channel>> channels_;  // those of the first intercept first
  std::vector<Known> known_;
  Stats counted_;
};

ReplyChannels::Intercepts::Intercepts(EventLoop& loop, PacketHandler& replies, Options options,
                                      Events events, std::uint64_t seed)
    : replies_(replies),
      options_(std::move(options)),
      events_(std::move(events)),
      each_(static_cast<std::size_t>(options_.connections)),
      hash_{Prng(seed).Fork("channels").Next()},
      known_(options_.intercepts.size()) {
  TCPCOPY_CHECK(options_.connections >= 1 && options_.connections <= kMaxConnections);
  TCPCOPY_CHECK(options_.protocol == ReplyProtocol::kOwn || options_.secret.empty());
  TCPCOPY_CHECK(options_.intercepts.size() <= 0xffff);
  ChannelOwner& owner = *this;
  for (std::size_t intercept = 0; intercept < options_.intercepts.size(); ++intercept) {
    for (std::size_t i = 0; i < each_; ++i) {
      const Channel::Options of_channel{static_cast<Carrier>(intercept + 1),
                                        options_.intercepts[intercept],
                                        options_.protocol,
                                        &options_.secret,
                                        options_.payload_bytes,
                                        options_.targets,
                                        options_.program};
      channels_.push_back(std::make_unique<Channel>(
          loop, owner, of_channel,
          Prng(seed).Fork(fmt::format("channel {}", channels_.size() + 1))));
    }
  }
}

void ReplyChannels::Intercepts::Start() {
  for (const auto& channel : channels_) channel->Start();
}

void ReplyChannels::Intercepts::Stop() {
  for (const auto& channel : channels_) channel->Stop();
}

std::size_t ReplyChannels::Intercepts::up() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(channels_, [](const auto& channel) { return channel->up(); }));
}

const Endpoint& ReplyChannels::Intercepts::At(Carrier carrier) const {
  TCPCOPY_CHECK(carrier >= 1 && carrier <= size());
  return options_.intercepts[carrier - std::size_t{1}];
}

std::span<const std::unique_ptr<Channel>> ReplyChannels::Intercepts::ChannelsTo(
    Carrier carrier) const {
  TCPCOPY_CHECK(carrier >= 1 && carrier <= size());
  return std::span(channels_).subspan((carrier - std::size_t{1}) * each_, each_);
}

/// The connection to an intercept that `flow` is announced on; nullptr when none is up.
Channel* ReplyChannels::Intercepts::Choose(Carrier carrier, const FlowKey& flow) const {
  const auto channels = ChannelsTo(carrier);
  const std::size_t first = hash_(flow) % each_;
  for (std::size_t i = 0; i < each_; ++i) {
    Channel* const channel = channels[(first + i) % each_].get();
    if (channel->up()) return channel;
  }
  return nullptr;
}

bool ReplyChannels::Intercepts::Announce(const FlowKey& flow) {
  if (options_.protocol == ReplyProtocol::kClassic && !flow.peer.address.IsV4()) {
    if (++counted_.announcements_ipv6 == 1 && events_.on_trouble) {
      events_.on_trouble("the protocol of TCPCopy 1.x has no IPv6: such sessions get no replies");
    }
    return false;
  }
  bool announced = false;
  for (std::size_t carrier = 1; carrier <= size(); ++carrier) {
    if (AnnounceTo(flow, static_cast<Carrier>(carrier))) announced = true;
  }
  return announced;
}

bool ReplyChannels::Intercepts::AnnounceTo(const FlowKey& flow, Carrier carrier) {
  Channel* const channel = Choose(carrier, flow);
  return channel != nullptr && channel->Announce(flow);
}

/// On all connections to that intercept: which of them was chosen once depends on those that were
/// up then.
void ReplyChannels::Intercepts::Withdraw(const FlowKey& flow, Carrier from) {
  for (const auto& channel : ChannelsTo(from)) {
    if (channel->up()) channel->Withdraw(flow);
  }
}

bool ReplyChannels::Intercepts::Ask(Carrier carrier, const std::string& question) {
  const auto channels = ChannelsTo(carrier);
  const auto up = std::ranges::find_if(channels, [](const auto& channel) { return channel->up(); });
  return up != channels.end() && (*up)->Ask(question);
}

void ReplyChannels::Intercepts::OnUp(Channel& channel) {
  Known& known = KnownOf(channel);
  known.troubles.clear();
  if (++known.up == 1) {
    if (events_.on_up) events_.on_up(channel.carrier());
    return;
  }
  // The intercept may have read what was said on a connection that is lost after what was said on
  // another one in its stead. Now it has read all of that.
  if (events_.on_narrowed) events_.on_narrowed(channel.carrier());
}

void ReplyChannels::Intercepts::OnDown(Channel& channel, const std::string& why) {
  if (--KnownOf(channel).up > 0) {
    if (events_.on_narrowed) events_.on_narrowed(channel.carrier());
  } else if (events_.on_down) {
    events_.on_down(channel.carrier(), why);
  }
}

void ReplyChannels::Intercepts::OnTrouble(Channel& channel, const std::string& why) {
  std::vector<std::string>& told = KnownOf(channel).troubles;
  const bool is_old = std::ranges::find(told, why) != told.end();
  if (is_old || told.size() == kMaxTroubles || !events_.on_trouble) return;
  told.push_back(why);
  events_.on_trouble(fmt::format("intercept {}: {}", channel.intercept().ToString(), why));
}

void ReplyChannels::Intercepts::OnReply(Channel& channel, const Reply& reply) {
  CapturedPacket packet;
  packet.bytes = reply.packet;
  packet.link = LinkType::kRawIp;
  packet.wire_length = reply.wire_length;
  packet.number = ++counted_.replies;
  packet.carrier = channel.carrier();
  replies_.OnPacket(packet);
}

void ReplyChannels::Intercepts::OnHeartbeat(Channel& channel, const Heartbeat& heartbeat) {
  Known& known = KnownOf(channel);
  if (heartbeat.captured < known.now.received) {
    known.before.received += known.now.received;
    known.before.dropped_by_kernel += known.now.dropped_by_kernel;
  }
  known.now.received = heartbeat.captured;
  known.now.dropped_by_kernel = heartbeat.capture_dropped;
}

void ReplyChannels::Intercepts::OnAnswer(Channel& channel, std::string_view answer) {
  if (events_.on_answer) events_.on_answer(channel.carrier(), std::string(answer));
}

ReplyChannels::Stats ReplyChannels::Intercepts::stats() const {
  Stats all = counted_;
  for (const auto& channel : channels_) {
    const Channel::Stats stats = channel->stats();
    all.batches += stats.batches;
    all.bytes += stats.bytes;
    all.bad_replies += stats.bad_replies;
    all.announcements += stats.announcements;
    all.announcements_dropped += stats.announcements_dropped;
    all.reconnects += stats.reconnects;
    all.replies_dropped += stats.replies_dropped;
  }
  for (const Known& known : known_) {
    all.capture.received += known.before.received + known.now.received;
    all.capture.dropped_by_kernel += known.before.dropped_by_kernel + known.now.dropped_by_kernel;
  }
  return all;
}

ReplyChannels::ReplyChannels(EventLoop& loop, PacketHandler& replies, Options options,
                             Events events, std::uint64_t seed)
    : intercepts_(std::make_unique<Intercepts>(loop, replies, std::move(options), std::move(events),
                                               seed)) {}

ReplyChannels::~ReplyChannels() = default;

void ReplyChannels::Start() { intercepts_->Start(); }
void ReplyChannels::Stop() { intercepts_->Stop(); }
std::size_t ReplyChannels::up() const { return intercepts_->up(); }
std::size_t ReplyChannels::size() const { return intercepts_->size(); }

const Endpoint& ReplyChannels::intercept(Carrier carrier) const { return intercepts_->At(carrier); }

bool ReplyChannels::Announce(const FlowKey& replayed) { return intercepts_->Announce(replayed); }

bool ReplyChannels::AnnounceTo(const FlowKey& replayed, Carrier carrier) {
  return intercepts_->AnnounceTo(replayed, carrier);
}

void ReplyChannels::Settle(const FlowKey& replayed, Carrier carrier) {
  for (std::size_t other = 1; other <= size(); ++other) {
    if (other != carrier) intercepts_->Withdraw(replayed, static_cast<Carrier>(other));
  }
}

void ReplyChannels::Withdraw(const FlowKey& replayed) { Settle(replayed, 0); }

bool ReplyChannels::Ask(Carrier carrier, const std::string& question) {
  return intercepts_->Ask(carrier, question);
}

ReplyChannels::Stats ReplyChannels::stats() const { return intercepts_->stats(); }

}  // namespace tcpcopy
