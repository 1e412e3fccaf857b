#include "tests/sim/replay_host.h"

#include <algorithm>

namespace tcpcopy::sim {
namespace {

constexpr Duration kSendTime = std::chrono::microseconds(10);

}  // namespace

ReplayHost::SlotSink::SlotSink(std::size_t slots, std::size_t mtu,
                               const std::function<void(Packet)>& out)
    : free_(slots), slots_(slots), buffer_(mtu), out_(out) {
  slot_.buffer = buffer_;
}

SendSlot* ReplayHost::SlotSink::Acquire() {
  if (free_ == 0) return nullptr;
  --free_;
  return &slot_;
}

void ReplayHost::SlotSink::Send(SendSlot* slot, std::size_t length, const IpAddress&) {
  const auto bytes = slot->buffer.first(length);
  out_(Packet(bytes.begin(), bytes.end()));
}

bool ReplayHost::SlotSink::FreeAll(EventLoop& loop) {
  free_ = slots_;
  const bool awaited = !waiters_.empty();
  while (!waiters_.empty()) {
    Runnable& waiter = waiters_.front();
    waiter.unlink();
    loop.Post(waiter);
  }
  return awaited;
}

ReplayHost::ReplayHost(Setup setup)
    : setup_(std::move(setup)),
      blocks_(setup_.pool_bytes),
      isn_(setup_.seed),
      targets_(*TargetMap::Parse(setup_.mapping)),
      loop_(clock_, *this),
      sink_(setup_.send_slots, setup_.policy.tcp.mtu, setup_.send),
      dispatcher_({loop_,
                   sink_,
                   blocks_,
                   ledger_,
                   setup_.policy,
                   isn_,
                   targets_,
                   setup_.addresses == nullptr ? addresses_ : *setup_.addresses,
                   setup_.reply_path,
                   {},
                   setup_.seed,
                   {}}) {}

void ReplayHost::Wait(Instant until) {
  // What was queued has left, a moment later.
  if (sink_.FreeAll(loop_)) until = std::min(until, clock_.Now() + kSendTime);
  setup_.wait(clock_, until);
}

void ReplayHost::Capture(const Packet& packet, Duration at) {
  dispatcher_.client_side().OnPacket({.bytes = packet,
                                      .link = LinkType::kRawIp,
                                      .wire_length = packet.size(),
                                      .captured_at = at,
                                      .number = ++captured_});
}

void ReplayHost::OnReply(const Packet& packet, ReplyPath::Carrier carrier) {
  dispatcher_.target_side().OnPacket({.bytes = packet,
                                      .link = LinkType::kRawIp,
                                      .wire_length = packet.size(),
                                      .captured_at = Duration{0},
                                      .number = 0,
                                      .carrier = carrier});
}

}  // namespace tcpcopy::sim
