#include "tests/sim/target_receiver.h"

#include <algorithm>

#include "tests/sim/packet.h"

namespace tcpcopy::sim {

using std::chrono::milliseconds;

TargetReceiver::TargetReceiver(const TargetSetup& setup, Prng prng, const TcpSegment& syn)
    : setup_(setup), prng_(prng), irs_(syn.seq.raw()), right_edge_(setup.window) {
  if (syn.options.timestamps) ts_recent_ = syn.options.timestamps->value;
}

std::uint32_t TargetReceiver::Window() const {
  const std::uint64_t received = data_.stream().size();
  const std::uint64_t room = setup_.window - std::min<std::uint64_t>(unread_, setup_.window);
  if (setup_.shrinks) return static_cast<std::uint32_t>(room);
  return static_cast<std::uint32_t>(std::max(right_edge_, received + room) - received);
}

bool TargetReceiver::Accepts(const TcpSegment& segment) const {
  const std::int64_t next = static_cast<std::int64_t>(data_.next());
  const std::int64_t begin = OffsetOf(segment.seq, irs_, data_.next());
  const std::int64_t end = begin + segment.Length();
  const std::int64_t edge = next + Window();
  if (segment.Length() == 0) return begin >= next && begin <= edge;
  return end > next && begin < edge;
}

bool TargetReceiver::IsOld(const TcpSegment& segment) const {
  return segment.options.timestamps && !segment.flags.rst() &&
         static_cast<std::int32_t>(segment.options.timestamps->value - ts_recent_) < 0;
}

bool TargetReceiver::Take(const TcpSegment& segment, Instant now) {
  const std::uint64_t before = data_.stream().size();
  const std::int64_t begin = OffsetOf(segment.seq, irs_, data_.next());
  if (segment.options.timestamps && begin <= static_cast<std::int64_t>(last_ack_)) {
    ts_recent_ = segment.options.timestamps->value;
  }
  if (segment.Length() == 0) return true;
  const auto skip = static_cast<std::size_t>(std::max<std::int64_t>(0, -begin));
  std::string_view text(static_cast<const char*>(static_cast<const void*>(segment.payload.data())),
                        segment.payload.size());
  text.remove_prefix(std::min(skip, text.size()));
  const auto at = static_cast<std::uint64_t>(std::max<std::int64_t>(0, begin));
  const std::uint64_t edge = before + Window();
  const bool whole = at + text.size() <= edge;
  if (!whole) text = text.substr(0, edge > at ? edge - at : 0);
  if (segment.flags.fin() && whole) data_.SetFin(at + text.size());
  const bool agrees = data_.Take(at, text);
  tell_repeated_ = data_.repeated().has_value();
  if (told_sack_ && at > before && prng_.Below(1000) < setup_.reneges) data_.ForgetEarly();
  if (setup_.slow_reader) {
    unread_ += data_.stream().size() - before;
    if (unread_ > 0 && read_timer_ == kNever)
      read_timer_ = now + milliseconds(1 + prng_.Below(300));
  }
  ScheduleAck(at == before && data_.Early().empty() && whole && !data_.fin_received(), now);
  return agrees;
}

void TargetReceiver::ScheduleAck(bool in_order, Instant now) {
  ++unanswered_;
  if (!in_order || unanswered_ >= setup_.ack_every) {
    ack_due_ = true;
  } else {
    ack_timer_ = std::min(ack_timer_, now + setup_.delayed_ack);
  }
}

void TargetReceiver::Tell(TcpSegment& segment, std::uint8_t scale, bool sack) {
  segment.ack = NumberOf(data_.next(), irs_);
  segment.window = static_cast<std::uint16_t>(std::min<std::uint32_t>(Window() >> scale, 65535));
  right_edge_ =
      std::max(right_edge_, data_.stream().size() + (std::uint64_t{segment.window} << scale));
  if (sack) AddSack(segment.options);
  last_ack_ = data_.next();
  unanswered_ = 0;
  ack_due_ = false;
  ack_timer_ = kNever;
}

void TargetReceiver::AddSack(TcpOptions& options) {
  const std::size_t most = options.timestamps ? 3 : 4;
  const auto add = [&](const Reassembly::Range& range) {
    if (options.sack_count == most) return;
    told_sack_ = true;
    options.sack[options.sack_count++] = {NumberOf(range.first, irs_), NumberOf(range.last, irs_)};
  };
  if (setup_.dsack && tell_repeated_) add(*data_.repeated());
  tell_repeated_ = false;
  for (const Reassembly::Range& range : data_.Early()) add(range);
}

void TargetReceiver::OnTime(Instant now) {
  if (ack_timer_ <= now) {
    ack_timer_ = kNever;
    ack_due_ = true;
  }
  if (read_timer_ > now) return;
  unread_ -= std::min<std::uint64_t>(unread_, 1 + prng_.Below(20'000));
  read_timer_ = unread_ > 0 ? now + milliseconds(1 + prng_.Below(300)) : kNever;
  ack_due_ = true;
}

}  // namespace tcpcopy::sim
