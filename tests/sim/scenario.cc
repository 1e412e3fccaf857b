#include "tests/sim/scenario.h"

#include <algorithm>

#include "netstack/wire/build_packet.h"

namespace tcpcopy::sim {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

const Endpoint kProduction{IpAddress::V4(0xc6336401), 80};
constexpr std::uint32_t kFirstClient = 0xc0000201;

/// Writes down the client's side of one session as a capture would show it.
class Recorder {
 public:
  Recorder(SessionScript& script, Prng& prng, Duration start)
      : script_(script),
        prng_(prng),
        now_(start),
        iss_(static_cast<std::uint32_t>(prng.Next())),
        production_iss_(static_cast<std::uint32_t>(prng.Next())),
        largest_(prng.Below(4) == 0 ? 20'000 : 100 + prng.Below(1400)) {}

  void Record() {
    Syn();
    Emit(TcpFlags::kAck, "");
    for (const SessionScript::Turn& turn : script_.turns) {
      for (std::size_t at = 0; at < turn.request.size();) {
        const std::size_t length = std::min(turn.request.size() - at, 1 + prng_.Below(largest_));
        Emit(TcpFlags::kAck | TcpFlags::kPsh, turn.request.substr(at, length));
        at += length;
        Pass(100);
      }
      Pass(20'000);
      if (turn.answer > 0) {
        answered_ += static_cast<std::uint32_t>(turn.answer);
        if (prng_.Below(2) == 0) Emit(TcpFlags::kAck, "");
      }
      Pass(30'000);
      if (prng_.Below(20) == 0) KeepAlive();
    }
    End();
    Disturb();
  }

 private:
  void Pass(std::uint64_t most_us) { now_ += microseconds(1 + prng_.Below(most_us)); }

  void Syn() {
    TcpOptions options;
    if (prng_.Below(8) > 0) options.mss = static_cast<std::uint16_t>(536 + prng_.Below(925));
    if (prng_.Below(3) > 0) options.window_scale = static_cast<std::uint8_t>(prng_.Below(15));
    options.sack_permitted = prng_.Below(3) > 0;
    if (prng_.Below(2) == 0) options.timestamps = TcpTimestamps{1, 0};
    Write(SeqNum(iss_), TcpFlags::kSyn, options, "");
    Pass(5000);
  }

  void Emit(std::uint8_t flags, const std::string& text) {
    Write(SeqNum(iss_ + 1 + sent_), flags, {}, text);
    sent_ += static_cast<std::uint32_t>(text.size());
  }

  void KeepAlive() { Write(SeqNum(iss_ + sent_), TcpFlags::kAck, {}, ""); }

  void End() {
    switch (script_.ending) {
      case Ending::kCaptureEnds:
        return;
      case Ending::kClientResets:
        return Write(SeqNum(iss_ + 1 + sent_), TcpFlags::kRst, {}, "");
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

  void Write(SeqNum seq, std::uint8_t flags, const TcpOptions& options, const std::string& text) {
    TcpSegment segment;
    segment.seq = seq;
    if ((flags & TcpFlags::kAck) != 0) segment.ack = SeqNum(production_iss_ + 1 + answered_);
    segment.flags.bits = flags;
    segment.window = 65535;
    segment.options = options;
    segment.payload_length = static_cast<std::uint32_t>(text.size());
    const std::size_t header = HeaderLength(IpFamily::kV4, options);
    Packet packet(header + text.size());
    std::copy(text.begin(), text.end(), packet.begin() + static_cast<std::ptrdiff_t>(header));
    BuildPacket(script_.captured, segment, 0, packet);
    script_.packets.push_back({now_, std::move(packet)});
  }

  /// Captures show packets twice and in the wrong order; the SYN stays first.
  void Disturb() {
    auto& packets = script_.packets;
    if (prng_.Below(3) == 0) {
      for (std::size_t i = 2; i < packets.size(); ++i) {
        if (prng_.Below(8) == 0) std::swap(packets[i].packet, packets[i - 1].packet);
      }
    }
    if (prng_.Below(3) == 0) {
      for (std::size_t i = packets.size(); i-- > 0;) {
        if (prng_.Below(8) > 0) continue;
        const SessionScript::Captured copy = packets[i];
        packets.insert(packets.begin() + static_cast<std::ptrdiff_t>(i), copy);
      }
    }
  }

  SessionScript& script_;
  Prng& prng_;
  Duration now_;
  const std::uint32_t iss_;
  const std::uint32_t production_iss_;
  const std::size_t largest_;
  std::uint32_t sent_ = 0;
  std::uint32_t answered_ = 0;
};

std::string RandomText(Prng& prng, std::size_t length) {
  std::string text(length, '\0');
  for (char& c : text) c = static_cast<char>('!' + prng.Below(90));
  return text;
}

std::size_t RandomSize(Prng& prng) {
  switch (prng.Below(8)) {
    case 0:
      return 1;
    case 1:
      return 1 + prng.Below(100'000);
    case 2:
      return 1 + prng.Below(10'000);
    default:
      return 1 + prng.Below(800);
  }
}

SessionScript MakeSession(std::size_t index, Prng prng) {
  SessionScript script;
  script.captured = {{IpAddress::V4(kFirstClient + static_cast<std::uint32_t>(index)),
                      static_cast<std::uint16_t>(20'000 + prng.Below(40'000))},
                     kProduction};
  script.ending = static_cast<Ending>(prng.Below(4));
  const std::uint64_t answers = prng.Below(4);  // target's: equal, shorter, longer, mixed
  const std::size_t turns = 1 + prng.Below(6);
  for (std::size_t i = 0; i < turns; ++i) {
    SessionScript::Turn turn;
    if (i > 0 || prng.Below(5) > 0) turn.request = RandomText(prng, RandomSize(prng));
    turn.answer = RandomSize(prng);
    turn.target_answer = turn.answer;
    const std::uint64_t kind = answers == 3 ? prng.Below(3) : answers;
    if (kind == 1) turn.target_answer = 1 + prng.Below(turn.answer);
    if (kind == 2) turn.target_answer += prng.Below(3000);
    script.turns.push_back(std::move(turn));
  }
  const Duration start = microseconds(prng.Below(200'000));
  Recorder(script, prng, start).Record();
  return script;
}

Faults MakeFaults(Prng prng, bool may_corrupt) {
  Faults faults;
  const auto share = [&](std::uint64_t most) {
    return prng.Below(2) == 0 ? 0U : static_cast<unsigned>(1 + prng.Below(most));
  };
  faults.loss = share(200);
  faults.duplicate = share(100);
  faults.reorder = share(200);
  // Replies are captured before anybody has looked at their checksum, and offload leaves wrong ones
  // there: that way nothing is corrupted but what the hardware dropped anyway.
  faults.corrupt = may_corrupt ? share(100) : 0;
  faults.delay = microseconds(prng.Below(40'000));
  if (prng.Below(2) == 0) faults.jitter = microseconds(prng.Below(10'000));
  if (prng.Below(3) == 0) faults.bytes_per_second = 50'000 + prng.Below(5'000'000);
  return faults;
}

TargetSetup MakeTarget(Prng prng) {
  TargetSetup setup;
  setup.mss = static_cast<std::uint16_t>(prng.Below(6) == 0 ? 88 : 536 + prng.Below(925));
  if (prng.Below(3) == 0) setup.window_scale.reset();
  setup.timestamps = prng.Below(2) == 0;
  setup.sack = prng.Below(2) == 0;
  if (prng.Below(4) == 0) setup.window = static_cast<std::uint32_t>(200 + prng.Below(5000));
  setup.slow_reader = prng.Below(5) == 0;
  return setup;
}

}  // namespace

std::string SessionScript::ClientBytes() const {
  std::string bytes;
  for (const Turn& turn : turns) bytes += turn.request;
  return bytes;
}

Scenario MakeScenario(std::uint64_t seed) {
  const Prng root(seed);
  Prng prng = root.Fork("shape");
  Scenario scenario;
  const std::size_t sessions = 1 + prng.Below(5);
  for (std::size_t i = 0; i < sessions; ++i) {
    scenario.sessions.push_back(MakeSession(i, Prng(prng.Next())));
  }
  scenario.target = MakeTarget(root.Fork("target"));
  scenario.to_target = MakeFaults(root.Fork("to target"), true);
  scenario.to_replay = MakeFaults(root.Fork("to replay"), false);
  scenario.live = prng.Below(2) == 0;
  scenario.send_slots = prng.Below(4) == 0 ? 1 + prng.Below(4) : 64;
  scenario.mtu = static_cast<std::uint16_t>(prng.Below(4) == 0 ? 576 : 1500);
  return scenario;
}

}  // namespace tcpcopy::sim
