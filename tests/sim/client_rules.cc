#include "tests/sim/client_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "tests/sim/packet.h"

namespace tcpcopy::sim {

ClientRules::ClientRules(const TcpSegment& syn, bool is_v4, Complain complain)
    : complain_(std::move(complain)),
      iss_(syn.seq.raw()),
      offered_(syn.options),
      mss_(is_v4 ? 536 : 1220),
      edge_sent_(syn.window) {
  if (syn.options.timestamps) last_ts_ = syn.options.timestamps->value;
}

// --- What is sent ---

void ClientRules::OnSent(const TcpSegment& segment, Instant now) {
  if (segment.flags.rst()) return;
  if (segment.flags.syn()) {
    if (segment.flags.ack() || irs_) complain_("a SYN out of place");
    if (segment.options != offered_ && !segment.options.timestamps) {
      complain_("a SYN with other options than the first");
    }
    if (const auto wrong = backoff_.OnSent(-1, now)) complain_("SYN " + *wrong);
    return;
  }
  if (!segment.flags.ack()) return complain_("a segment without ACK");
  if (!irs_) return complain_("a segment before the SYN-ACK");
  const std::int64_t begin = OffsetOf(segment.seq, iss_, acked_);
  if (begin < 0) return complain_("a sequence number before the stream");
  CheckText(segment);
  CheckAck(segment);
  CheckWindow(segment);
  CheckTimestamps(segment);
  CheckSack(segment);
  if (segment.Length() > 0 && static_cast<std::uint64_t>(begin) == acked_) {
    if (const auto wrong = backoff_.OnSent(begin, now)) complain_(*wrong);
  }
}

void ClientRules::CheckText(const TcpSegment& segment) {
  const auto begin = static_cast<std::uint64_t>(OffsetOf(segment.seq, iss_, acked_));
  const std::uint64_t end = begin + segment.payload_length;
  // RFC 9293 3.8.6.1 lets a probe go one octet beyond a closed window; a FIN is an octet as well.
  const std::uint64_t fin = segment.flags.fin() ? 1 : 0;
  const std::uint64_t probe = segment.payload_length + fin == 1 ? 1 : 0;
  if (end + fin > right_edge_ + probe) {
    complain_(fmt::format("sent up to {} where {} was allowed", end + fin, right_edge_));
  }
  const std::size_t options = timestamps_ ? 12 : 0;
  if (segment.payload_length + options > std::max<std::size_t>(mss_, 60)) {
    complain_("a segment larger than the target's MSS");
  }
  CheckFin(segment, end);
  const std::uint64_t known = sent_.Insert(begin, end);
  repeated_ += known;
}

void ClientRules::CheckFin(const TcpSegment& segment, std::uint64_t end) {
  if (fin_at_ && segment.payload_length > 0 && end > *fin_at_) complain_("data behind the FIN");
  if (!segment.flags.fin()) return;
  if (fin_at_ && *fin_at_ != end) complain_("the FIN moved");
  if (end < sent_.End()) complain_("a FIN before data that was sent");
  fin_at_ = end;
}

void ClientRules::CheckAck(const TcpSegment& segment) {
  const std::int64_t ack = OffsetOf(segment.ack, *irs_, ack_sent_);
  if (ack < static_cast<std::int64_t>(ack_sent_)) complain_("an ACK that goes back");
  if (ack > static_cast<std::int64_t>(received_.Prefix())) {
    complain_("an ACK of what was not received");
  }
  ack_sent_ = std::max(ack_sent_, static_cast<std::uint64_t>(std::max<std::int64_t>(ack, 0)));
  acknowledged_ = true;
}

void ClientRules::CheckWindow(const TcpSegment& segment) {
  const std::uint64_t edge = ack_sent_ + (std::uint64_t{segment.window} << scale_);
  if (edge < edge_sent_) {
    complain_(fmt::format("the window shrank by {}", edge_sent_ - edge));
  }
  edge_sent_ = std::max(edge_sent_, edge);
}

void ClientRules::CheckTimestamps(const TcpSegment& segment) {
  if (segment.options.timestamps.has_value() != timestamps_) {
    return complain_("timestamps other than agreed on");
  }
  if (!timestamps_) return;
  const TcpTimestamps& timestamps = *segment.options.timestamps;
  const auto above = [](std::uint32_t a, std::uint32_t b) {
    return static_cast<std::int32_t>(a - b) >= 0;
  };
  if (!above(timestamps.echo_reply, least_echo_) || !above(most_echo_, timestamps.echo_reply)) {
    complain_(
        fmt::format("echoes {}, not {} to {}", timestamps.echo_reply, least_echo_, most_echo_));
  }
  if (static_cast<std::int32_t>(timestamps.value - last_ts_) < 0) {
    complain_("a timestamp that goes back");
  }
  last_ts_ = timestamps.value;
}

void ClientRules::CheckSack(const TcpSegment& segment) {
  if (segment.options.sack_count > 0 && !sack_) complain_("SACK that was not agreed on");
  for (std::size_t i = 0; i < segment.options.sack_count; ++i) {
    if (!IsTruthful(i, segment)) complain_(fmt::format("SACK block {} is not true", i));
  }
}

bool ClientRules::IsTruthful(std::size_t index, const TcpSegment& segment) const {
  const auto offsets = [&](std::size_t i) {
    const SackBlock& block = segment.options.sack[i];
    return std::pair(OffsetOf(block.left, *irs_, ack_sent_),
                     OffsetOf(block.right, *irs_, ack_sent_));
  };
  const auto [left, right] = offsets(index);
  if (left < 0 || left >= right) return false;
  const auto first = static_cast<std::uint64_t>(left);
  const auto last = static_cast<std::uint64_t>(right);
  if (!received_.Contains(first, last)) return false;
  if (first > ack_sent_) return true;
  // Only a D-SACK, the first block, tells of what is acknowledged as well (RFC 2883 4).
  return index == 0 && last <= ack_sent_;
}

// --- What is received ---

void ClientRules::OnReceived(const TcpSegment& segment) {
  backoff_.OnReceived();
  if (segment.flags.rst()) return;
  if (segment.flags.syn()) return irs_ ? void() : OnSynAck(segment);
  if (!irs_) return;
  const std::int64_t begin = OffsetOf(segment.seq, *irs_, received_.Prefix());
  const std::int64_t end = begin + segment.Length();
  if (begin >= static_cast<std::int64_t>(edge_sent_)) return;
  if (timestamps_ && segment.options.timestamps)
    NoteTimestamp(*segment.options.timestamps, begin, end);
  NoteAck(segment);
  if (end <= 0) return;
  received_.Insert(static_cast<std::uint64_t>(std::max<std::int64_t>(begin, 0)),
                   static_cast<std::uint64_t>(end));
}

/// RFC 7323 4.3. Where the client may have forgotten what lay behind a hole, both answers are
/// right.
void ClientRules::NoteTimestamp(const TcpTimestamps& timestamps, std::int64_t begin,
                                std::int64_t end) {
  const auto newer = [&](std::uint32_t than) {
    return static_cast<std::int32_t>(timestamps.value - than) > 0;
  };
  const auto acked = static_cast<std::int64_t>(ack_sent_);
  const auto next = static_cast<std::int64_t>(received_.Prefix());
  if (!acknowledged_ || begin > acked) return;
  if (newer(most_echo_)) most_echo_ = timestamps.value;
  const bool is_next = end > next || (begin == end && begin == next);
  if (is_next && newer(least_echo_)) least_echo_ = timestamps.value;
}

void ClientRules::NoteAck(const TcpSegment& segment) {
  const std::int64_t acked = OffsetOf(segment.ack, iss_, acked_);
  if (!segment.flags.ack() || acked < 0) return;
  if (acked > static_cast<std::int64_t>(sent_.End()) + (fin_at_ ? 1 : 0)) return;
  acked_ = std::max(acked_, static_cast<std::uint64_t>(acked));
  right_edge_ = std::max(right_edge_, static_cast<std::uint64_t>(acked) +
                                          (std::uint64_t{segment.window} << peer_scale_));
}

void ClientRules::OnSynAck(const TcpSegment& segment) {
  if (!segment.flags.ack() || OffsetOf(segment.ack, iss_, 0) != 0) return;
  irs_ = segment.seq.raw();
  const TcpOptions& peer = segment.options;
  if (peer.mss) mss_ = *peer.mss;
  const bool scaling = offered_.window_scale && peer.window_scale;
  scale_ = scaling ? *offered_.window_scale : 0;
  peer_scale_ = scaling ? *peer.window_scale : 0;
  timestamps_ = offered_.timestamps && peer.timestamps;
  sack_ = offered_.sack_permitted && peer.sack_permitted;
  right_edge_ = segment.window;
  if (timestamps_) least_echo_ = most_echo_ = peer.timestamps->value;
}

}  // namespace tcpcopy::sim
