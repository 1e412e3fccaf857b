// The connections themselves are still to come: nobody is ever up.
#include "src/io/intercept/reply_channels.h"

#include "netstack/base/check.h"

namespace tcpcopy {

struct ReplyChannels::Parts {
  EventLoop& loop;
  PacketHandler& replies;
  const Options options;
  const Events events;
};

ReplyChannels::ReplyChannels(EventLoop& loop, PacketHandler& replies, Options options,
                             Events events, std::uint64_t)
    : parts_(new Parts{loop, replies, std::move(options), std::move(events)}) {}

ReplyChannels::~ReplyChannels() = default;

void ReplyChannels::Start() {}
void ReplyChannels::Stop() {}

std::size_t ReplyChannels::up() const { return 0; }

std::size_t ReplyChannels::size() const {
  return parts_->options.intercepts.size() * static_cast<std::size_t>(parts_->options.connections);
}

const Endpoint& ReplyChannels::intercept(Carrier carrier) const {
  TCPCOPY_CHECK(carrier >= 1 && carrier <= size());
  return parts_->options.intercepts[(carrier - std::size_t{1}) /
                                    static_cast<std::size_t>(parts_->options.connections)];
}

bool ReplyChannels::Announce(const FlowKey&) { return false; }
void ReplyChannels::Settle(const FlowKey&, Carrier) {}
void ReplyChannels::Withdraw(const FlowKey&) {}
bool ReplyChannels::Ask(Carrier, const std::string&) { return false; }
ReplyChannels::Stats ReplyChannels::stats() const { return {}; }

}  // namespace tcpcopy
