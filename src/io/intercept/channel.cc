#include "src/io/intercept/channel.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "src/io/intercept/classic_connector.h"
#include "src/io/intercept/own_connector.h"
#include "src/io/intercept/patience.h"
#include "src/io/intercept/proof.h"
#include "src/io/intercept/refusals.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;

// A pause lasts from once to twice as long, so that many do not come back in the same moment.
constexpr Duration kFirstPause = 100ms;
constexpr Duration kLongestPause = 2500ms;

std::unique_ptr<Connector> MakeConnector(const Channel::Options& options, OutBuffer& out,
                                         ConnectorEvents& events) {
  if (options.protocol == ReplyProtocol::kClassic) {
    return std::make_unique<ClassicConnector>(out, events);
  }
  const auto nonce = RandomNonce();
  if (!nonce) return nullptr;
  return std::make_unique<OwnConnector>(out, events,
                                        OwnConnector::Options{options.secret, options.payload_bytes,
                                                              options.targets, options.program},
                                        *nonce);
}

}  // namespace

Channel::Channel(EventLoop& loop, ChannelOwner& owner, const Options& options, Prng prng)
    : loop_(loop), owner_(owner), options_(options), prng_(prng), socket_(loop, *this, kOutLimit) {}

void Channel::Start() {
  pause_ = kFirstPause;
  Connect();
}

void Channel::Stop() {
  loop_.timers().Cancel(*this);
  socket_.Close();
  CloseAccounts();
  up_ = false;
  on_trial_ = false;
}

void Channel::Connect() {
  loop_.timers().Set(*this, loop_.Now() + kHandshakeTime);
  socket_.Connect(options_.intercept);
}

void Channel::OnConnected() {
  received_before_ = socket_.received();
  connector_ = MakeConnector(options_, socket_.out(), *this);
  if (connector_ == nullptr) return End("this system has no randomness to give");
  connector_->Begin();
  socket_.Flush();
}

void Channel::OnBytes(ConstBytes bytes) {
  const auto outcome = connector_->OnBytes(bytes);
  if (!socket_.open()) return;  // stopped by one who heard of them
  if (!outcome) return End(outcome.error());
  if (!socket_.out().empty()) socket_.Flush();
}

void Channel::OnClosed(const std::string& why) {
  const bool hello_sent = connector_ != nullptr && options_.protocol == ReplyProtocol::kOwn;
  const bool said_nothing = socket_.received() == received_before_;
  // So does an intercept that does not understand our HELLO.
  End(hello_sent && !up_ && said_nothing ? fmt::format("{}; {}", why, kClassicHintText) : why);
}

void Channel::OnUp() {
  if (options_.protocol == ReplyProtocol::kOwn) return ComeUp();
  // An intercept of TCPCopy says nothing when it takes us. One of ours that does not says so.
  on_trial_ = true;
  loop_.timers().Set(*this, loop_.Now() + kTrialTime);
}

void Channel::ComeUp() {
  on_trial_ = false;
  up_ = true;
  if (was_up_) ++before_.reconnects;
  was_up_ = true;
  pause_ = kFirstPause;
  loop_.timers().Set(*this, loop_.Now() + kHeartbeatTime);
  owner_.OnUp(*this);
}

void Channel::OnReply(const Reply& reply) {
  if (socket_.open()) owner_.OnReply(*this, reply);
}

void Channel::OnHeartbeat(const Heartbeat& heartbeat) {
  told_ = heartbeat;
  if (socket_.open()) owner_.OnHeartbeat(*this, heartbeat);
}

void Channel::OnAnswer(std::string_view answer) {
  if (socket_.open()) owner_.OnAnswer(*this, answer);
}

void Channel::OnTimer() {
  if (!socket_.open()) return Connect();
  if (!up_) socket_.ReadNow();  // what came while this host did not let us run
  if (!socket_.open()) return;
  if (up_) return Live();
  if (on_trial_) return ComeUp();
  const bool connected = connector_ != nullptr;
  constexpr std::string_view kUnanswered = "no answer within three seconds";
  End(connected ? fmt::format("{}; {}", kUnanswered, kClassicHintText) : std::string(kUnanswered));
}

void Channel::Live() {
  const bool speaks = options_.protocol == ReplyProtocol::kOwn;
  const auto silent = [&] { return loop_.Now() - socket_.last_read() >= kSilenceTime; };
  if (speaks && silent()) socket_.ReadNow();
  if (!socket_.open()) return;
  if (speaks && silent()) return End(std::string(kSilentText));
  if (socket_.stuck_since() != kNever && loop_.Now() - socket_.stuck_since() >= kStuckTime) {
    return End(std::string(kStuckText));
  }
  connector_->Beat({announced_here_, dropped_here_, 0, 0});
  socket_.Flush();
  loop_.timers().Set(*this, loop_.Now() + kHeartbeatTime);
}

void Channel::End(const std::string& why) {
  const bool was_up = up_;
  socket_.Close();
  CloseAccounts();
  up_ = false;
  on_trial_ = false;
  RetryLater();
  if (was_up) {
    owner_.OnDown(*this, why);
  } else {
    owner_.OnTrouble(*this, why);
  }
}

void Channel::RetryLater() {
  const auto jitter = prng_.Below(static_cast<std::uint64_t>(pause_.count()));
  loop_.timers().Set(*this, loop_.Now() + pause_ + Duration(jitter));
  pause_ = std::min(2 * pause_, kLongestPause);
}

void Channel::CloseAccounts() {
  before_ = stats();
  // It may be the one that is calling us.
  if (connector_ != nullptr) former_ = std::move(connector_);
  told_ = {};
  announced_here_ = 0;
  dropped_here_ = 0;
}

bool Channel::Announce(const FlowKey& flow) {
  if (!up_) return false;
  if (!connector_->Announce(flow)) {
    ++dropped_here_;
    return false;
  }
  ++announced_here_;
  socket_.Flush();
  return true;
}

void Channel::Withdraw(const FlowKey& flow) {
  if (up_ && connector_->Withdraw(flow)) socket_.Flush();
}

bool Channel::Ask(std::string_view question) {
  if (!up_ || !connector_->Ask(question)) return false;
  socket_.Flush();
  return true;
}

Channel::Stats Channel::stats() const {
  Stats all = before_;
  if (connector_ != nullptr) {
    all.batches += connector_->batches();
    all.bad_replies += connector_->bad_replies();
  }
  all.bytes = socket_.received();
  all.announcements += announced_here_;
  all.announcements_dropped += dropped_here_;
  all.replies_dropped += told_.dropped;
  return all;
}

}  // namespace tcpcopy
