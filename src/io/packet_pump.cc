#include "src/io/packet_pump.h"

namespace tcpcopy {

PacketPump::PacketPump(EventLoop& loop, PacketSource& source, PacketHandler& handler, Events events)
    : loop_(loop), source_(source), handler_(handler), events_(std::move(events)) {}

PacketPump::~PacketPump() { Stop(); }

void PacketPump::Start() {
  stopped_ = false;
  if (!events_.may_read) Watch();
  loop_.Post(*this);
}

void PacketPump::Stop() {
  Unwatch();
  stopped_ = true;
  loop_.timers().Cancel(*this);
}

void PacketPump::Watch() {
  watched_ = source_.PollFd();
  if (watched_ >= 0) loop_.driver().Watch(watched_, *this);
}

void PacketPump::Unwatch() {
  if (watched_ >= 0) loop_.driver().Unwatch(watched_);
  watched_ = -1;
}

void PacketPump::Run() {
  if (stopped_) return;
  if (events_.may_read) return RunGated();
  Follow(source_.Drain(handler_, kBatch));
}

void PacketPump::RunGated() {
  Unwatch();
  Result<PacketSource::Status, SourceError> status = PacketSource::Status::kMore;
  for (std::size_t i = 0; i < kBatch; ++i) {
    if (!events_.may_read()) return;
    status = source_.Drain(handler_, 1);
    if (stopped_ || !status || *status != PacketSource::Status::kMore) break;
  }
  Follow(status);
}

void PacketPump::Follow(const Result<PacketSource::Status, SourceError>& status) {
  if (stopped_) return;  // by the handler
  if (!status) {
    Stop();
    if (events_.on_error) events_.on_error(status.error().message);
    return;
  }
  switch (*status) {
    case PacketSource::Status::kMore:
      loop_.Post(*this);
      break;
    case PacketSource::Status::kIdle:
      loop_.timers().Set(*this, source_.NextDue());
      if (events_.may_read) Watch();
      break;
    case PacketSource::Status::kEnd:
      Stop();
      if (events_.on_end) events_.on_end();
      break;
  }
}

}  // namespace tcpcopy
