#include "tests/sim/strict_target.h"

#include <fmt/format.h>

#include <algorithm>

#include "netstack/wire/build_packet.h"

namespace tcpcopy::sim {
namespace {

constexpr std::uint64_t kFlight = 64'000;  // bytes that it keeps in flight at most
constexpr std::uint16_t kMinMss = 64;

std::string KeyOf(const FlowKey& flow) {
  return flow.local.ToString() + " > " + flow.peer.ToString();
}

/// RFC 1071 in its plainest form, over the IPv4 pseudo header and the segment.
bool ChecksumIsRight(const Packet& packet) {
  if (packet.size() < 40 || (packet[0] >> 4) != 4) return false;
  const std::size_t header = (packet[0] & 15U) * 4U;
  if (header < 20 || header > packet.size()) return false;
  const auto word = [&](std::size_t at) -> std::uint32_t {
    const std::uint32_t high = packet[at];
    return (high << 8) | (at + 1 < packet.size() ? packet[at + 1] : 0U);
  };
  const auto fold = [](std::uint64_t sum) {
    while ((sum >> 16) != 0) sum = (sum & 0xffff) + (sum >> 16);
    return sum == 0xffff;
  };
  std::uint64_t ip = 0;
  for (std::size_t at = 0; at < header; at += 2) ip += word(at);
  if (!fold(ip)) return false;
  std::uint64_t sum = 6 + packet.size() - header;
  for (std::size_t at = 12; at < 20; at += 2) sum += word(at);
  for (std::size_t at = header; at < packet.size(); at += 2) sum += word(at);
  return fold(sum);
}

}  // namespace

void StrictTarget::Violation(const Connection& connection, const std::string& what) {
  violations_.push_back(fmt::format("{}: {}", KeyOf(connection.flow), what));
}

void StrictTarget::OnPacket(const Packet& packet, Instant now) {
  if (!ChecksumIsRight(packet)) {
    ++bad_checksums_;
    return;
  }
  const auto view = ParsePacket(LinkType::kRawIp, packet, packet.size());
  if (!view) {
    violations_.push_back("a packet that does not parse");
    return;
  }
  if (view->segment.flags.syn()) return OnSyn(*view, now);
  const auto it = connections_.find(KeyOf(view->flow));
  if (it != connections_.end()) OnSegment(it->second, view->segment, now);
}

void StrictTarget::OnSyn(const PacketView& view, Instant now) {
  Connection& connection = connections_[KeyOf(view.flow)];
  const TcpSegment& syn = view.segment;
  if (!connection.flow.local.port || connection.irs != syn.seq.raw()) {
    if (connection.flow.local.port && !connection.fin_acked && !connection.reset_received) {
      connection.flow = view.flow;
      Violation(connection, "a SYN on a connection in use");
    }
    connection = Connection{};
    connection.flow = view.flow;
    connection.irs = syn.seq.raw();
    connection.iss = static_cast<std::uint32_t>(prng_.Next());
    connection.right_edge = setup_.window;
    connection.peer_mss = std::max(kMinMss, syn.options.mss.value_or(536));
    connection.scaling = setup_.window_scale && syn.options.window_scale;
    connection.peer_scale = connection.scaling ? *syn.options.window_scale : 0;
    connection.timestamps = setup_.timestamps && syn.options.timestamps;
    connection.sack = setup_.sack && syn.options.sack_permitted;
    connection.peer_window = syn.window;
    if (syn.options.timestamps) connection.ts_recent = syn.options.timestamps->value;
  }
  if (connection.established) return;
  Emit(connection, TcpFlags::kSyn | TcpFlags::kAck, 0, "", now);
  if (connection.timer == kNever) connection.timer = now + kRto;
}

std::uint32_t StrictTarget::WindowNow(const Connection& connection) const {
  const std::uint64_t used = std::min<std::uint64_t>(connection.unread, setup_.window);
  // What was advertised once is never taken back.
  const std::uint64_t edge =
      std::max(connection.right_edge, connection.received.size() + setup_.window - used);
  return static_cast<std::uint32_t>(edge - connection.received.size());
}

void StrictTarget::AddSack(const Connection& connection, TcpOptions& options) const {
  for (const auto& [offset, text] : connection.early) {
    if (options.sack_count == 3) return;
    const SeqNum left(connection.irs + 1 + static_cast<std::uint32_t>(offset));
    options.sack[options.sack_count++] = {left, left + static_cast<std::uint32_t>(text.size())};
  }
}

void StrictTarget::Emit(Connection& connection, std::uint8_t flags, std::uint64_t offset,
                        const std::string& text, Instant now) {
  const bool syn = (flags & TcpFlags::kSyn) != 0;
  TcpSegment segment;
  segment.seq = SeqNum(connection.iss + (syn ? 0 : 1) + static_cast<std::uint32_t>(offset));
  segment.ack = SeqNum(connection.irs + 1 + static_cast<std::uint32_t>(connection.received.size()) +
                       (connection.fin_received ? 1 : 0));
  segment.flags.bits = flags;
  const std::uint8_t scale = !syn && connection.scaling ? *setup_.window_scale : 0;
  const std::uint32_t window = std::min<std::uint32_t>(WindowNow(connection) >> scale, 65535);
  segment.window = static_cast<std::uint16_t>(window);
  connection.right_edge = std::max(connection.right_edge,
                                   connection.received.size() + (std::uint64_t{window} << scale));
  if (syn) {
    segment.options.mss = setup_.mss;
    if (connection.scaling) segment.options.window_scale = setup_.window_scale;
    segment.options.sack_permitted = connection.sack;
  } else if (connection.sack) {
    AddSack(connection, segment.options);
  }
  if (connection.timestamps) {
    segment.options.timestamps = TcpTimestamps{
        static_cast<std::uint32_t>(now.time_since_epoch() / std::chrono::milliseconds(1)) + 77,
        connection.ts_recent};
  }
  segment.payload_length = static_cast<std::uint32_t>(text.size());
  const std::size_t header = HeaderLength(IpFamily::kV4, segment.options);
  Packet packet(header + text.size());
  std::copy(text.begin(), text.end(), packet.begin() + static_cast<std::ptrdiff_t>(header));
  BuildPacket(connection.flow.Reversed(), segment, 0, packet);
  send_(std::move(packet));
}

void StrictTarget::EmitAck(Connection& connection, Instant now) {
  Emit(connection, TcpFlags::kAck, connection.sent + (connection.fin_sent ? 1 : 0), "", now);
}

void StrictTarget::OnSegment(Connection& connection, const TcpSegment& segment, Instant now) {
  if (segment.flags.rst()) {
    const SeqNum expected(connection.irs + 1 +
                          static_cast<std::uint32_t>(connection.received.size()) +
                          (connection.fin_received ? 1 : 0));
    // A RST whose number is in the window is one; what else a strict target should do is not its
    // job.
    if (segment.seq.InWindow(expected, WindowNow(connection) + 1)) {
      connection.reset_received = true;
      connection.timer = connection.read_timer = kNever;
    }
    return;
  }
  if (connection.reset_received) return;
  if (!TakeAck(connection, segment, now)) return;
  const std::size_t before = connection.received.size();
  const bool fin_before = connection.fin_received;
  if (segment.Length() > 0) TakeText(connection, segment);
  const std::size_t news = connection.received.size() - before;
  connection.unread += setup_.slow_reader ? news : 0;
  if (setup_.slow_reader && connection.unread > 0 && connection.read_timer == kNever) {
    connection.read_timer = now + std::chrono::milliseconds(1 + prng_.Below(300));
  }
  application_(connection);
  Output(connection, now, segment.Length() > 0 || connection.fin_received != fin_before);
}

bool StrictTarget::TakeAck(Connection& connection, const TcpSegment& segment, Instant now) {
  if (!segment.flags.ack()) {
    Violation(connection, "a segment without ACK");
    return false;
  }
  const std::uint32_t base = connection.iss + 1 + static_cast<std::uint32_t>(connection.acked);
  const auto advance = static_cast<std::int32_t>(segment.ack.raw() - base);
  const auto outstanding =
      static_cast<std::int64_t>(connection.sent - connection.acked) + (connection.fin_sent ? 1 : 0);
  if (advance > outstanding) {
    Violation(connection, "an ACK of what was never sent");
    return false;
  }
  if (!connection.established) {
    if (advance < 0) return false;
    connection.established = true;
  }
  connection.peer_window = std::uint32_t{segment.window} << connection.peer_scale;
  if (segment.options.timestamps &&
      static_cast<std::int32_t>(segment.options.timestamps->value - connection.ts_recent) > 0) {
    connection.ts_recent = segment.options.timestamps->value;
  } else if (connection.timestamps && !segment.options.timestamps) {
    Violation(connection, "no timestamps where they were agreed on");
  }
  if (advance > 0) {
    connection.acked += static_cast<std::uint32_t>(advance);
    if (connection.acked > connection.sent) {
      connection.acked = connection.sent;
      connection.fin_acked = true;
    }
    connection.backoff = 0;
    connection.timer = now + kRto;
  }
  return true;
}

void StrictTarget::TakeText(Connection& connection, const TcpSegment& segment) {
  const SeqNum next(connection.irs + 1 + static_cast<std::uint32_t>(connection.received.size()));
  std::int64_t begin = static_cast<std::int64_t>(connection.received.size()) + (segment.seq - next);
  std::string text(segment.payload.begin(), segment.payload.end());
  if (begin < 0) {  // nothing lies before the stream but the SYN
    Violation(connection, "bytes before the beginning of the stream");
    return;
  }
  const auto end = static_cast<std::uint64_t>(begin) + text.size();
  // RFC 9293 3.8.6.1 lets a probe go one octet beyond a closed window.
  if (end > connection.right_edge + 1) {
    Violation(connection,
              fmt::format("sent up to {} where {} was allowed", end, connection.right_edge));
  }
  if (text.size() > setup_.mss) Violation(connection, "a segment larger than our MSS");
  if (connection.fin_at && end > *connection.fin_at) Violation(connection, "data behind the FIN");
  if (segment.flags.fin()) {
    if (connection.fin_at && *connection.fin_at != end) Violation(connection, "the FIN moved");
    connection.fin_at = end;
  }
  const auto at = static_cast<std::uint64_t>(begin);
  const std::size_t known = connection.received.size();
  if (at < known && connection.received.compare(at, std::min(text.size(), known - at), text, 0,
                                                std::min(text.size(), known - at)) != 0) {
    Violation(connection, "bytes sent again differ from the first time");
  }
  if (end > known + WindowNow(connection)) return;  // no room: not kept
  std::string& kept = connection.early[at];
  if (text.size() > kept.size()) kept = text;
  Assemble(connection);
}

void StrictTarget::Assemble(Connection& connection) {
  while (!connection.early.empty()) {
    const auto it = connection.early.begin();
    if (it->first > connection.received.size()) break;
    const std::size_t skip = connection.received.size() - it->first;
    if (skip < it->second.size()) connection.received.append(it->second, skip);
    connection.early.erase(it);
  }
  if (connection.fin_at && connection.received.size() == *connection.fin_at) {
    connection.fin_received = true;
  }
}

void StrictTarget::Output(Connection& connection, Instant now, bool ack_owed) {
  const std::size_t most =
      std::min<std::size_t>(connection.peer_mss, setup_.mss) - (connection.timestamps ? 12 : 0);
  const std::uint64_t window = std::min<std::uint64_t>(kFlight, connection.peer_window);
  while (connection.sent < connection.to_send.size() &&
         connection.sent < connection.acked + window) {
    const std::size_t length =
        std::min<std::uint64_t>({most, connection.to_send.size() - connection.sent,
                                 connection.acked + window - connection.sent});
    const bool last = connection.sent + length == connection.to_send.size();
    Emit(connection, static_cast<std::uint8_t>(TcpFlags::kAck | (last ? TcpFlags::kPsh : 0)),
         connection.sent, connection.to_send.substr(connection.sent, length), now);
    connection.sent += length;
    ack_owed = false;
  }
  if (connection.close && !connection.fin_sent && connection.sent == connection.to_send.size()) {
    Emit(connection, TcpFlags::kFin | TcpFlags::kAck, connection.sent, "", now);
    connection.fin_sent = true;
    ack_owed = false;
  }
  if (ack_owed) EmitAck(connection, now);
  const bool outstanding = connection.sent > connection.acked ||
                           connection.sent < connection.to_send.size() ||
                           (connection.fin_sent && !connection.fin_acked);
  if (!outstanding) connection.timer = kNever;
  if (outstanding && connection.timer == kNever) connection.timer = now + kRto;
}

void StrictTarget::OnTime(Instant now) {
  for (auto& [key, connection] : connections_) {
    if (connection.read_timer <= now) {
      connection.read_timer = kNever;
      connection.unread -= std::min<std::uint64_t>(connection.unread, 1 + prng_.Below(20'000));
      if (connection.unread > 0) {
        connection.read_timer = now + std::chrono::milliseconds(1 + prng_.Below(300));
      }
      EmitAck(connection, now);
    }
    if (connection.timer > now) continue;
    connection.backoff = std::min(connection.backoff + 1, 6);
    connection.timer = now + kRto * (1 << connection.backoff);
    if (!connection.established) {
      Emit(connection, TcpFlags::kSyn | TcpFlags::kAck, 0, "", now);
      continue;
    }
    // One segment again; the rest follows as it is acknowledged.
    const std::size_t length = std::min<std::uint64_t>(
        std::min<std::size_t>(connection.peer_mss, setup_.mss) - (connection.timestamps ? 12 : 0),
        connection.sent - connection.acked);
    if (length > 0) {
      Emit(connection, TcpFlags::kAck, connection.acked,
           connection.to_send.substr(connection.acked, length), now);
    } else if (connection.fin_sent) {
      Emit(connection, TcpFlags::kFin | TcpFlags::kAck, connection.sent, "", now);
    } else if (connection.sent < connection.to_send.size()) {  // a window probe
      Emit(connection, TcpFlags::kAck, connection.sent,
           connection.to_send.substr(connection.sent, 1), now);
      ++connection.sent;
    }
  }
}

Instant StrictTarget::NextTimer() const {
  Instant next = kNever;
  for (const auto& [key, connection] : connections_) {
    next = std::min({next, connection.timer, connection.read_timer});
  }
  return next;
}

}  // namespace tcpcopy::sim
