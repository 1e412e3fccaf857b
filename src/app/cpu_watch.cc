#include "src/app/cpu_watch.h"

#include <algorithm>
#include <utility>

namespace tcpcopy {

CpuWatch::CpuWatch(EventLoop& loop, unsigned percent, Events events)
    : loop_(loop), percent_(percent), events_(std::move(events)) {}

CpuWatch::~CpuWatch() { loop_.timers().Cancel(*this); }

void CpuWatch::Start() {
  last_ = loop_.Now();
  used_ = events_.used();
  loop_.timers().Set(*this, last_ + kPeriod);
}

void CpuWatch::OnTimer() {
  const Instant now = loop_.Now();
  const Duration used = events_.used();
  const Duration bound = Share(kReserve);
  left_ = std::clamp(left_ + Share(now - last_) - (used - used_), -bound, bound);
  last_ = now;
  used_ = used;
  loop_.timers().Set(*this, now + kPeriod);
  if (const bool over = left_ < Duration{0}; over != over_) {
    over_ = over;
    events_.on_change(over);
  }
}

}  // namespace tcpcopy
