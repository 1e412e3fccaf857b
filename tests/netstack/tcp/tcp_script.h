#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netstack/base/block_pool.h"
#include "netstack/base/time.h"
#include "netstack/tcp/tcp_connection.h"

namespace tcpcopy {

/// One segment of the connection under test, as it left.
struct SentSegment {
  TcpSegment segment;
  std::uint16_t ip_bytes = 0;
  Instant at;
};

/// Options as tests write them down.
struct Options {
  std::optional<std::uint16_t> mss = {};
  std::optional<std::uint8_t> window_scale = {};
  bool sack_permitted = false;
  std::optional<TcpTimestamps> timestamps = {};
  std::vector<std::array<std::uint32_t, 2>> sack = {};  // relative to our initial number

  operator TcpOptions() const;  // NOLINT(google-explicit-constructor): notation
};

struct ScriptOptions {
  Options syn_options = {.mss = 1460};  // of the captured client's SYN
  TcpSettings settings = {};
  SeqNum iss{1'000'000};
  SeqNum peer_iss{5'000'000};
  bool ipv6 = false;
  std::size_t pool_bytes = 64U << 20;
};

/// Plays the target by hand, in the manner of packetdrill. Segments are written
///
///     "SFRP. seq:end(length) ack N win N"
///
/// with "." for the ACK bit and with numbers relative to the initial ones of each side, so that
/// data begins at 1. `window` is the field on the wire. Every packet that leaves is parsed, its
/// payload compared with the stream's pattern, and `HasOutput` compared with what is polled.
class TcpScript {
 public:
  explicit TcpScript(const ScriptOptions& options = {});

  // What the session does; each of them polls at its end.

  void Connect();
  /// Buffers and pushes the next `count` bytes of the pattern.
  void Write(std::uint64_t count);
  /// Buffers the next `count` bytes of the pattern.
  bool Buffer(std::uint64_t count);
  void Push(std::uint64_t count);
  void Close();
  void Abort();
  /// Connect, SYN-ACK with `window` and `options`, ACK.
  void Establish(std::uint16_t window = 65535, const Options& options = {.mss = 1460});

  // What the target does.

  void Inject(std::string_view text, const Options& options = {});
  /// Several segments received in one batch: polled once behind them.
  void InjectBatch(const std::vector<std::string>& texts);

  /// Lets time pass; timers run at their times.
  void Advance(Duration duration);

  // What the target sees.

  /// The next segment sent must read `text`; what `text` leaves out at its end may be anything.
  void Expect(std::string_view text);
  /// As above, and it must have left `after` the segment seen before.
  void Expect(std::string_view text, Duration after);
  void ExpectNothing();
  /// The segment matched last.
  const TcpSegment& last() const { return last_.segment; }
  const SentSegment& last_sent() const { return last_; }
  /// How many segments wait to be expected.
  std::size_t pending() const { return sent_.size(); }
  /// Forgets them.
  void Ignore() { sent_.clear(); }

  TcpConnection& connection() { return connection_; }
  BlockPool& pool() { return pool_; }
  Instant now() const { return now_; }
  TcpState state() const { return connection_.state(); }

  /// The stream's pattern: the byte at `offset`.
  static std::uint8_t PatternByte(std::uint64_t offset);

 private:
  void Poll();
  void Take(MutableBytes packet);
  TcpSegment Parse(std::string_view text, const TcpOptions& options);
  TcpOptions WithSack(const Options& options) const;
  std::string Text(const TcpSegment& segment) const;

  ScriptOptions options_;
  BlockPool pool_;
  TcpMemory memory_{pool_};
  TcpConnection connection_;
  Instant now_ = Instant{} + std::chrono::seconds(1000);
  std::uint64_t written_ = 0;
  std::deque<SentSegment> sent_;
  SentSegment last_;
  std::vector<std::uint8_t> payload_;  // of injected segments
};

}  // namespace tcpcopy
