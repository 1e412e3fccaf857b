#include "src/app/statistics_line.h"

#include <utility>

namespace tcpcopy {

StatisticsLine::StatisticsLine(EventLoop& loop, std::function<std::string()> text,
                               std::function<void(std::string_view line)> log)
    : loop_(loop), text_(std::move(text)), log_(std::move(log)) {}

StatisticsLine::~StatisticsLine() { Stop(); }

void StatisticsLine::Start() { loop_.timers().Set(*this, loop_.Now() + kPeriod); }

void StatisticsLine::Stop() { loop_.timers().Cancel(*this); }

void StatisticsLine::OnTimer() {
  loop_.timers().Set(*this, loop_.Now() + kPeriod);
  log_(text_());
}

}  // namespace tcpcopy
