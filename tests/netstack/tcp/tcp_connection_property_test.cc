#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <optional>
#include <vector>

#include "netstack/base/prng.h"
#include "netstack/tcp/tcp_connection.h"
#include "netstack/wire/packet_view.h"

// A connection talks to a small, strict target over a network that loses, repeats and reorders.
// Whatever happens, all bytes arrive equal in both directions, nothing leaves beyond the offered
// window, and both ends close. The target shares no code with netstack/tcp.

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

std::uint8_t PatternByte(std::uint64_t offset) {
  return static_cast<std::uint8_t>((offset ^ (offset >> 9)) * 167);
}

struct Packet {
  std::vector<std::uint8_t> payload;
  TcpSegment segment;
};

/// Receives all, then answers with a stream of its own and closes. Naive on purpose: acknowledges
/// every segment, sends one segment at a time and repeats it until it is acknowledged.
class StrictTarget {
 public:
  StrictTarget(Prng prng, std::uint64_t reply_bytes)
      : prng_(prng), iss_(static_cast<std::uint32_t>(prng_.Next())), reply_bytes_(reply_bytes) {
    scale_ = static_cast<std::uint8_t>(prng_.Below(4));
    mss_ = static_cast<std::uint16_t>(200 + prng_.Below(1400));
    max_window_ = 1 + static_cast<std::uint32_t>(prng_.Below(30'000));
    timestamps_ = prng_.Below(2) == 0;
    sack_ = prng_.Below(2) == 0;
  }

  /// Returns the answer.
  std::optional<Packet> OnPacket(const Packet& packet) {
    const TcpSegment& in = packet.segment;
    BOOST_REQUIRE(!in.flags.rst());
    if (in.flags.syn()) {
      irs_ = in.seq;
      offered_ = in.options;
      return Segment(iss_, TcpFlags::kSyn | TcpFlags::kAck, 0);
    }
    BOOST_REQUIRE(in.flags.ack());
    BOOST_REQUIRE(in.options.timestamps.has_value() == UsesTimestamps());
    const auto acked = static_cast<std::uint32_t>(in.ack - iss_);
    BOOST_REQUIRE(acked <= reply_bytes_ + 2);
    acked_ = std::max<std::uint64_t>(acked_, acked);
    if (in.options.timestamps) echo_ = in.options.timestamps->value;
    Receive(packet);
    return Segment(NextNumber(), TcpFlags::kAck, 0);
  }

  /// What the target sends of itself: its reply, one segment at a time, and its FIN.
  std::optional<Packet> OnTick() {
    if (prng_.Below(3) == 0) window_open_ = true;  // the application reads
    if (acked_ == 0) return std::nullopt;
    const std::uint64_t offset = acked_ - 1;
    if (offset < reply_bytes_) {
      const auto length =
          static_cast<std::uint32_t>(std::min<std::uint64_t>(reply_bytes_ - offset, 700));
      return Segment(NextNumber(), TcpFlags::kAck | TcpFlags::kPsh, length);
    }
    if (offset == reply_bytes_) {
      return Segment(NextNumber(), TcpFlags::kAck | TcpFlags::kFin, 0);
    }
    // Keeps telling its window, as one must that had closed it.
    return fin_received_ ? std::nullopt : std::optional(Segment(NextNumber(), TcpFlags::kAck, 0));
  }

  std::uint64_t received() const { return received_; }
  bool done() const { return fin_received_ && acked_ == reply_bytes_ + 2; }

 private:
  bool UsesTimestamps() const { return timestamps_ && offered_.timestamps.has_value(); }
  SeqNum NextNumber() const { return iss_ + static_cast<std::uint32_t>(acked_); }

  void Receive(const Packet& packet) {
    const TcpSegment& in = packet.segment;
    const SeqNum next = irs_ + static_cast<std::uint32_t>(1 + received_ + (fin_received_ ? 1 : 0));
    const std::int64_t start =
        static_cast<std::int64_t>(received_) + (fin_received_ ? 1 : 0) + (in.seq - next);
    const std::int64_t end = start + in.Length();
    // One octet beyond the edge is a probe of a window that has no room (RFC 9293 3.8.6.1).
    const std::int64_t slack = in.Length() == 1 && received_ == right_edge_ ? 1 : 0;
    BOOST_REQUIRE(end <= static_cast<std::int64_t>(right_edge_) + slack);
    BOOST_REQUIRE(packet.payload.size() <= mss_);
    bool equal = true;
    for (std::size_t i = 0; i < packet.payload.size(); ++i) {
      const auto offset = static_cast<std::uint64_t>(start + static_cast<std::int64_t>(i));
      equal = equal && packet.payload[i] == PatternByte(offset);
      if (offset >= right_edge_) continue;
      if (has_.size() <= offset) has_.resize(offset + 1);
      has_[offset] = true;
    }
    BOOST_REQUIRE(equal);
    if (in.flags.fin()) {
      const auto at = static_cast<std::uint64_t>(end - 1);
      BOOST_REQUIRE((!fin_at_ || *fin_at_ == at));
      fin_at_ = at;
    }
    while (received_ < has_.size() && has_[received_]) ++received_;
    if (fin_at_ && *fin_at_ == received_ && received_ < right_edge_ + 1) fin_received_ = true;
    if (prng_.Below(40) == 0) window_open_ = false;
  }

  Packet Segment(SeqNum seq, int flags, std::uint32_t length) {
    Packet packet;
    TcpSegment& out = packet.segment;
    out.seq = seq;
    out.flags.bits = static_cast<std::uint8_t>(flags);
    out.ack = irs_ + static_cast<std::uint32_t>(1 + received_ + (fin_received_ ? 1 : 0));
    const std::uint8_t scale = offered_.window_scale && scale_ > 0 ? scale_ : 0;
    // Offers may stay equal or grow, never shrink below the right edge given before.
    const std::uint64_t wanted = window_open_ ? received_ + max_window_ : received_;
    const std::uint64_t field = std::min<std::uint64_t>(
        (std::max(wanted, right_edge_) - received_) >> (out.flags.syn() ? 0 : scale), 65535);
    out.window = static_cast<std::uint16_t>(field);
    const std::uint64_t told = field << (out.flags.syn() ? 0 : scale);
    right_edge_ = std::max(right_edge_, received_ + told);
    if (out.flags.syn()) {
      out.options.mss = mss_;
      if (scale_ > 0 && offered_.window_scale) out.options.window_scale = scale_;
      out.options.sack_permitted = sack_ && offered_.sack_permitted;
    }
    if (UsesTimestamps()) out.options.timestamps = TcpTimestamps{++clock_, echo_};
    out.payload_length = length;
    return packet;
  }

  Prng prng_;
  SeqNum iss_;
  SeqNum irs_;
  TcpOptions offered_;
  std::uint64_t reply_bytes_;
  std::uint64_t received_ = 0;    // stream bytes in order
  std::uint64_t right_edge_ = 0;  // stream offset that may not be passed
  std::uint64_t acked_ = 0;       // of our own sequence space
  std::vector<bool> has_;         // which bytes of the stream have come
  std::optional<std::uint64_t> fin_at_;
  std::uint32_t max_window_;
  std::uint32_t clock_ = 1;
  std::uint32_t echo_ = 0;
  std::uint16_t mss_;
  std::uint8_t scale_;
  bool timestamps_;
  bool sack_;
  bool window_open_ = true;
  bool fin_received_ = false;
};

/// Faults are drawn anew for every seed; each kind may be absent.
class Network {
 public:
  explicit Network(Prng prng) : prng_(prng) {
    loss_ = prng_.Below(2) * prng_.Below(300);
    duplicates_ = prng_.Below(2) * prng_.Below(200);
    jitter_ = prng_.Below(2) * prng_.Below(30);
  }
  void Send(Packet packet, bool to_target, Instant now) {
    if (prng_.Below(1000) < loss_) return;
    const int copies = prng_.Below(1000) < duplicates_ ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      const Duration delay = 5ms + prng_.Below(jitter_ + 1) * Duration(1ms);
      queue_.emplace(std::pair(now + delay, ++id_), std::pair(to_target, packet));
    }
  }
  Instant Next() const { return queue_.empty() ? kNever : queue_.begin()->first.first; }
  std::pair<bool, Packet> Pop() {
    auto packet = std::move(queue_.begin()->second);
    queue_.erase(queue_.begin());
    return packet;
  }

 private:
  Prng prng_;
  std::uint64_t loss_, duplicates_, jitter_;
  std::uint64_t id_ = 0;
  std::map<std::pair<Instant, std::uint64_t>, std::pair<bool, Packet>> queue_;
};

class World {
 public:
  explicit World(std::uint64_t seed)
      : prng_(Prng(seed).Fork("session")),
        request_bytes_(prng_.Below(100'000)),
        reply_bytes_(prng_.Below(20'000)),
        target_(Prng(seed).Fork("target"), reply_bytes_),
        network_(Prng(seed).Fork("network")) {
    const bool ipv6 = prng_.Below(2) == 0;
    link_ = ipv6 ? LinkType::kIpv6 : LinkType::kIpv4;
    const FlowKey flow = ipv6
                             ? FlowKey{{*IpAddress::Parse("::1"), 1}, {*IpAddress::Parse("::2"), 2}}
                             : FlowKey{{IpAddress::V4(1), 1}, {IpAddress::V4(2), 2}};
    const SeqNum iss(static_cast<std::uint32_t>(prng_.Next()));
    TcpOptions syn_options;
    if (prng_.Below(3) > 0) syn_options.mss = 1460;
    if (prng_.Below(3) > 0) syn_options.window_scale = 7;
    syn_options.sack_permitted = prng_.Below(3) > 0;
    if (prng_.Below(3) > 0) syn_options.timestamps = TcpTimestamps{};
    settings_.max_syn_retransmits = 100;  // faults last as long as the run
    settings_.max_retransmits = 100;
    settings_.max_rto = 2s;
    connection_.Prepare(flow, syn_options);
    connection_.Connect(iss, now_);
    Poll();
  }

  void Run() {
    for (int step = 0; step < 400'000 && !Finished(); ++step) {
      const Instant next =
          std::min({network_.Next(), connection_.NextTimeout(), next_write_, next_tick_});
      now_ = std::max(now_, next);
      if (next == next_write_) {
        Write();
      } else if (next == next_tick_) {
        next_tick_ = now_ + 20ms;
        if (auto packet = target_.OnTick()) network_.Send(std::move(*packet), false, now_);
      } else if (next == network_.Next()) {
        Deliver();
      } else {
        connection_.OnTimeout(now_);
      }
      Poll();
    }
    BOOST_TEST(Finished());
    BOOST_TEST((connection_.close_reason() == CloseReason::kNormal));
    BOOST_TEST(target_.received() == request_bytes_);
    BOOST_TEST(connection_.received() == reply_bytes_ + 1);
    BOOST_TEST(connection_.bytes_acknowledged() == request_bytes_);
    BOOST_TEST(pool_.in_use() == 0U);
  }

 private:
  bool Finished() const { return target_.done() && connection_.state() == TcpState::kClosed; }

  void Write() {
    next_write_ = now_ + prng_.Below(20) * Duration(1ms);
    const std::uint64_t count = std::min(1 + prng_.Below(9000), request_bytes_ - written_);
    std::vector<std::uint8_t> bytes(count);
    for (std::uint64_t i = 0; i < count; ++i) bytes[i] = PatternByte(written_ + i);
    BOOST_REQUIRE(connection_.Buffer(bytes));
    connection_.Push(count);
    written_ += count;
    if (written_ < request_bytes_) return;
    connection_.Close();
    next_write_ = kNever;
  }

  void Deliver() {
    // A batch: what has come by now is polled for once.
    while (network_.Next() <= now_) {
      auto [to_target, packet] = network_.Pop();
      if (to_target) {
        if (auto answer = target_.OnPacket(packet)) {
          network_.Send(std::move(*answer), false, now_);
        }
      } else {
        connection_.OnSegment(packet.segment, now_);
      }
    }
  }

  void Poll() {
    std::vector<std::uint8_t> buffer(settings_.mtu);
    while (true) {
      const bool promised = connection_.HasOutput(now_);
      const std::size_t length = connection_.PollTransmit(now_, buffer);
      BOOST_REQUIRE(promised == (length > 0));
      if (length == 0) return;
      const auto view = ParsePacket(link_, MutableBytes(buffer).first(length), length);
      BOOST_REQUIRE(view.has_value());
      Packet packet{{view->segment.payload.begin(), view->segment.payload.end()}, view->segment};
      packet.segment.payload = {};
      network_.Send(std::move(packet), true, now_);
    }
  }

  Prng prng_;
  std::uint64_t request_bytes_;
  std::uint64_t reply_bytes_;
  StrictTarget target_;
  Network network_;
  TcpSettings settings_;
  BlockPool pool_{1U << 20};
  TcpMemory memory_{pool_};
  TcpConnection connection_{settings_, memory_};
  LinkType link_ = LinkType::kIpv4;
  Instant now_ = Instant{} + 1s;
  Instant next_write_ = now_;
  Instant next_tick_ = now_;
  std::uint64_t written_ = 0;
};

BOOST_AUTO_TEST_CASE(AllBytesArriveWhateverTheNetworkDoes) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) { World(seed).Run(); }
  }
}

}  // namespace
}  // namespace tcpcopy
