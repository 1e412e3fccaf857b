#include "tests/sim/client_recorder.h"

#include <algorithm>

namespace tcpcopy::sim {

std::string SessionScript::ClientBytes() const {
  std::string bytes;
  for (const Turn& turn : turns) bytes += turn.request;
  return bytes;
}

ClientRecorder::ClientRecorder(SessionScript& script, Prng prng)
    : script_(script),
      prng_(prng),
      now_(script.start),
      bytes_(script.ClientBytes()),
      production_iss_(static_cast<std::uint32_t>(prng_.Next())),
      largest_(prng_.Below(4) == 0 ? 20'000 : 100 + prng_.Below(1400)) {}

void ClientRecorder::Record() {
  Syn();
  Emit(TcpFlags::kAck, "");
  for (const SessionScript::Turn& turn : script_.turns) {
    Say(turn.request);
    Pass(20'000);
    if (turn.answer > 0) {
      answered_ += static_cast<std::uint32_t>(turn.answer);
      if (prng_.Below(2) == 0) Emit(TcpFlags::kAck, "");
    }
    Pass(30'000);
    if (prng_.Below(20) == 0) KeepAlive();
  }
  End();
  Swap();
  Lose();
  Duplicate();
}

void ClientRecorder::Pass(std::uint64_t most_us) {
  now_ += std::chrono::microseconds(1 + prng_.Below(most_us));
}

void ClientRecorder::Syn() {
  TcpOptions options;
  if (prng_.Below(8) > 0) options.mss = static_cast<std::uint16_t>(536 + prng_.Below(925));
  if (prng_.Below(3) > 0) options.window_scale = static_cast<std::uint8_t>(prng_.Below(15));
  options.sack_permitted = prng_.Below(3) > 0;
  if (prng_.Below(2) == 0) options.timestamps = TcpTimestamps{1, 0};
  const std::string& request = script_.turns.front().request;
  std::string early;  // data on the SYN (RFC 7413)
  if (prng_.Below(16) == 0) early = request.substr(0, prng_.Below(request.size() + 1));
  early.resize(std::min<std::size_t>(early.size(), 1000));
  Write(SeqNum(script_.iss), TcpFlags::kSyn, options, early);
  sent_ = static_cast<std::uint32_t>(early.size());
  Pass(5000);
}

void ClientRecorder::Say(const std::string& request) {
  const std::uint32_t end =
      std::max(sent_, turn_began_ + static_cast<std::uint32_t>(request.size()));
  while (sent_ < end) {
    const std::size_t length = std::min<std::size_t>(end - sent_, 1 + prng_.Below(largest_));
    Emit(TcpFlags::kAck | TcpFlags::kPsh, bytes_.substr(sent_, length));
    Pass(100);
    if (Happens(script_.faults.retransmit)) Retransmit();
  }
  turn_began_ = end;
}

/// Only of this turn: its ACK number tells what the client had seen by then.
void ClientRecorder::Retransmit() {
  const std::uint32_t room = sent_ - turn_began_;
  if (room == 0) return;
  const auto from = static_cast<std::uint32_t>(prng_.Below(std::min(room, 5000U)) + 1);
  const std::size_t length = 1 + prng_.Below(std::min(from, 3000U));
  std::string text = bytes_.substr(sent_ - from, length);
  if (script_.faults.contradicts) std::fill(text.begin(), text.end(), '\0');
  Write(NumberOf(sent_ - from, script_.iss), TcpFlags::kAck, {}, text);
  Pass(100);
}

void ClientRecorder::KeepAlive() {
  // One byte of garbage (RFC 9293 3.8.4), in place of one that was captured hours before.
  const bool orderly = script_.faults.swap + script_.faults.loss == 0;
  const bool with_byte = orderly && sent_ > 0 && prng_.Below(2) == 0;
  Write(SeqNum(script_.iss + sent_), TcpFlags::kAck, {}, with_byte ? std::string(1, '\0') : "");
}

void ClientRecorder::End() {
  switch (script_.ending) {
    case Ending::kCaptureEnds:
      return;
    case Ending::kClientResets:
      return Write(NumberOf(sent_, script_.iss), TcpFlags::kRst, {},
                   prng_.Below(4) == 0 && !script_.faults.no_syn ? "a reason (RFC 1122)" : "");
    case Ending::kServerCloses:
      ++answered_;
      [[fallthrough]];
    case Ending::kClientCloses:
      Emit(TcpFlags::kFin | TcpFlags::kAck, "");
      ++sent_;
      Pass(5000);
      return Emit(TcpFlags::kAck, "");
  }
}

void ClientRecorder::Emit(std::uint8_t flags, const std::string& text) {
  Write(NumberOf(sent_, script_.iss), flags, {}, text);
  sent_ += static_cast<std::uint32_t>(text.size());
}

void ClientRecorder::Write(SeqNum seq, std::uint8_t flags, const TcpOptions& options,
                           const std::string& text) {
  TcpSegment segment;
  segment.seq = seq;
  if ((flags & TcpFlags::kAck) != 0) segment.ack = NumberOf(answered_, production_iss_);
  segment.flags.bits = flags;
  segment.window = 65535;
  segment.options = options;
  script_.packets.push_back({now_, MakePacket(script_.captured, segment, text)});
}

/// The SYN stays first.
void ClientRecorder::Swap() {
  auto& packets = script_.packets;
  for (std::size_t i = 2; i < packets.size(); ++i) {
    if (Happens(script_.faults.swap)) std::swap(packets[i].packet, packets[i - 1].packet);
  }
}

void ClientRecorder::Duplicate() {
  auto& packets = script_.packets;
  for (std::size_t i = packets.size(); i-- > 0;) {
    if (!Happens(script_.faults.duplicate)) continue;
    const SessionScript::Captured copy = packets[i];
    packets.insert(packets.begin() + static_cast<std::ptrdiff_t>(i), copy);
  }
}

void ClientRecorder::Lose() {
  auto& packets = script_.packets;
  std::size_t number = 0;
  std::erase_if(packets, [&](const SessionScript::Captured&) {
    if (number++ == 0) return script_.faults.no_syn;
    return Happens(script_.faults.loss);
  });
}

}  // namespace tcpcopy::sim
