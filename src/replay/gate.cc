#include "src/replay/gate.h"

#include <utility>

namespace tcpcopy {

Gate::Gate(EventLoop& loop, const ReplayPolicy& policy, std::function<bool()> has_room)
    : loop_(loop),
      policy_(policy),
      has_room_(std::move(has_room)),
      admission_(policy.admission),
      timer_([this] { WakeReader(); }) {}

std::optional<Outcome> Gate::Refuse(CopyArrival& arrival) {
  if (arrival.judged) return arrival.refusal;
  const Instant now = loop_.Now();
  arrival.judged = true;
  const Instant due = arrival.due == kNever ? now : arrival.due;
  arrival.refusal = admission_.Refuse(arrival.client.flow, policy_.copies, now, due);
  const auto scheduled = admission_.Scheduled();
  if (!arrival.refusal && scheduled) arrival.late = now - *scheduled;
  const Instant opens_at = admission_.OpensAt();
  if (opens_at > now) loop_.timers().Set(timer_, opens_at);
  return arrival.refusal;
}

bool Gate::MayRead() const { return admission_.OpensAt() <= loop_.Now() && has_room_(); }

void Gate::WakeReader() {
  if (reader_ != nullptr && MayRead()) loop_.Post(*reader_);
}

void Gate::SetOverCpuLimit(bool over) {
  admission_.set_over_cpu_limit(over);
  WakeReader();
}

}  // namespace tcpcopy
