#include "src/app/statistics_line.h"

#include <utility>

namespace tcpcopy {

StatisticsLine::StatisticsLine(EventLoop& loop, std::function<void()> write)
    : loop_(loop), write_(std::move(write)) {}

StatisticsLine::~StatisticsLine() { Stop(); }

void StatisticsLine::Start() { loop_.timers().Set(*this, loop_.Now() + kPeriod); }

void StatisticsLine::Stop() { loop_.timers().Cancel(*this); }

void StatisticsLine::OnTimer() {
  loop_.timers().Set(*this, loop_.Now() + kPeriod);
  write_();
}

}  // namespace tcpcopy
