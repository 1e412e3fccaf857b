#include "tests/sim/scenario.h"

#include <algorithm>
#include <set>

#include "netstack/base/prng.h"
#include "tests/sim/client_recorder.h"

namespace tcpcopy::sim {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// Packets that are too large for the path vanish without a word.
constexpr bool kBlackHoles = false;

unsigned Share(Prng& prng, std::uint64_t off_in, std::uint64_t most) {
  return prng.Below(off_in) > 0 ? 0U : static_cast<unsigned>(1 + prng.Below(most));
}

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

FlowKey MakeFlow(std::size_t index, Prng& prng) {
  const auto port = static_cast<std::uint16_t>(20'000 + prng.Below(40'000));
  if (prng.Below(4) > 0) {
    const IpAddress client = IpAddress::V4(0xc0000201 + static_cast<std::uint32_t>(index));
    return {{client, port}, {IpAddress::V4(0xc6336401), 80}};
  }
  const auto client = IpAddress::Parse("2001:db8::c:" + std::to_string(index + 1));
  return {{*client, port}, {*IpAddress::Parse("2001:db8::1"), 80}};
}

std::vector<SessionScript::Turn> MakeTurns(Prng& prng) {
  std::vector<SessionScript::Turn> turns;
  const std::uint64_t answers = prng.Below(4);  // target's: equal, shorter, longer, mixed
  const std::size_t count = 1 + prng.Below(6);
  for (std::size_t i = 0; i < count; ++i) {
    SessionScript::Turn turn;
    if (i > 0 || prng.Below(5) > 0) turn.request = RandomText(prng, RandomSize(prng));
    turn.answer = RandomSize(prng);
    turn.target_answer = turn.answer;
    const std::uint64_t kind = answers == 3 ? prng.Below(3) : answers;
    if (kind == 1) turn.target_answer = 1 + prng.Below(turn.answer);
    if (kind == 2) turn.target_answer += prng.Below(3000);
    turns.push_back(std::move(turn));
  }
  return turns;
}

CaptureFaults MakeCaptureFaults(Prng prng) {
  CaptureFaults faults;
  faults.swap = prng.Below(3) == 0 ? 125 : 0;
  faults.duplicate = prng.Below(3) == 0 ? (prng.Below(3) == 0 ? 1000 : 125) : 0;
  faults.retransmit = Share(prng, 3, 400);
  faults.contradicts = prng.Below(3) == 0;
  faults.loss = Share(prng, 6, 100);
  faults.no_syn = prng.Below(25) == 0;
  return faults;
}

Fate MakeFate(Prng& prng) {
  switch (prng.Below(24)) {
    case 0:
      return Fate::kResets;
    case 1:
      return Fate::kVanishes;
    case 2:
      return prng.Below(2) == 0 ? Fate::kRefuses : Fate::kIgnores;
    case 3:
    case 4:
      return Fate::kHalfCloses;
    default:
      return Fate::kServes;
  }
}

/// The client uses the ports of `before` for its next connection.
bool MayReuse(const SessionScript& before) {
  return (before.fate == Fate::kServes || before.fate == Fate::kHalfCloses) &&
         !before.faults.no_syn;
}

SessionScript MakeSession(std::size_t index, const SessionScript* before, Prng prng) {
  SessionScript script;
  script.captured = MakeFlow(index, prng);
  script.iss = static_cast<std::uint32_t>(prng.Next());
  // The stream's numbers wrap.
  if (prng.Below(8) == 0) script.iss = static_cast<std::uint32_t>(-prng.Below(50'000));
  script.ending = static_cast<Ending>(prng.Below(4));
  script.turns = MakeTurns(prng);
  script.start = microseconds(prng.Below(200'000));
  script.faults = MakeCaptureFaults(prng.Fork("capture"));
  script.fate = MakeFate(prng);
  script.fate_turn = prng.Below(script.turns.size());
  const bool decides = script.fate == Fate::kResets || script.fate == Fate::kVanishes;
  if (decides && script.turns[script.fate_turn].request.empty()) script.fate = Fate::kServes;
  if (before != nullptr && prng.Below(6) == 0 && MayReuse(*before)) {
    script.captured = before->captured;
    script.start = before->packets.back().at + microseconds(1 + prng.Below(100'000));
    script.faults.no_syn = false;
    // A SYN does not tell which of the two it is of.
    if (script.fate == Fate::kRefuses || script.fate == Fate::kIgnores) script.fate = Fate::kServes;
  }
  ClientRecorder(script, prng.Fork("recorder")).Record();
  return script;
}

Faults MakeFaults(Prng prng, bool may_corrupt) {
  Faults faults;
  faults.loss = Share(prng, 2, 200);
  faults.duplicate = Share(prng, 2, 100);
  faults.reorder = Share(prng, 2, 200);
  // Replies are captured before anybody has looked at their checksum, and offload leaves wrong ones
  // there: that way nothing is corrupted but what the hardware dropped anyway.
  faults.corrupt = may_corrupt ? Share(prng, 2, 100) : 0;
  faults.delay = microseconds(10 + prng.Below(40'000));
  if (prng.Below(2) == 0) faults.jitter = microseconds(prng.Below(10'000));
  if (prng.Below(3) == 0) faults.bytes_per_second = 50'000 + prng.Below(5'000'000);
  faults.stale = Share(prng, 6, 50);
  if (prng.Below(6) == 0) {  // heavy
    faults.reorder = static_cast<unsigned>(300 + prng.Below(500));
    faults.reorder_delay = milliseconds(20 + prng.Below(200));
  }
  if (prng.Below(2) == 0) faults.queue = milliseconds(100 + prng.Below(900));
  if (kBlackHoles && prng.Below(8) == 0) faults.black_hole = 600 + prng.Below(900);
  return faults;
}

TargetSetup MakeTarget(Prng prng) {
  TargetSetup setup;
  setup.mss = static_cast<std::uint16_t>(prng.Below(6) == 0 ? 88 : 536 + prng.Below(925));
  setup.window_scale = static_cast<std::uint8_t>(prng.Below(8));
  if (prng.Below(3) == 0) setup.window_scale.reset();
  setup.timestamps = prng.Below(2) == 0;
  setup.sack = prng.Below(3) > 0;
  setup.dsack = prng.Below(3) > 0;
  if (prng.Below(4) == 0) setup.window = static_cast<std::uint32_t>(200 + prng.Below(5000));
  setup.slow_reader = prng.Below(5) == 0;
  setup.shrinks = prng.Below(4) == 0;
  if (prng.Below(3) == 0) {
    setup.ack_every = static_cast<unsigned>(2 + (prng.Below(3) == 0 ? prng.Below(20) : 0));
    setup.delayed_ack = milliseconds(1 + prng.Below(200));
  }
  setup.reneges = Share(prng, 6, 300);
  setup.repeats_acks = Share(prng, 6, 200);
  if (prng.Below(12) == 0) {  // no options at all
    setup.mss.reset();
    setup.window_scale.reset();
    setup.timestamps = setup.sack = false;
  }
  return setup;
}

Carriage MakeCarriage(const std::vector<SessionScript>& sessions, Prng prng) {
  Carriage carriage;
  carriage.used = prng.Below(2) == 0;
  carriage.twice = prng.Below(3) == 0;
  if (!carriage.used || prng.Below(2) == 0) return carriage;
  // Whether a session gets as far as its SYN is open then, so the next one on its ports is no
  // proof.
  std::set<Endpoint> clients;
  for (const SessionScript& session : sessions) clients.insert(session.captured.local);
  if (clients.size() < sessions.size()) return carriage;
  carriage.lost =
      prng.Below(2) == 0 ? std::set<ReplyPath::Carrier>{1, 2} : std::set<ReplyPath::Carrier>{1};
  carriage.lost_at = microseconds(prng.Below(2'000'000));
  carriage.back_at = carriage.lost_at + microseconds(1 + prng.Below(2'000'000));
  return carriage;
}

}  // namespace

Scenario MakeScenario(std::uint64_t seed) {
  const Prng root(seed);
  Prng prng = root.Fork("shape");
  Scenario scenario;
  const std::size_t sessions = 1 + prng.Below(5);
  for (std::size_t i = 0; i < sessions; ++i) {
    const SessionScript* before = i > 0 ? &scenario.sessions.back() : nullptr;
    scenario.sessions.push_back(MakeSession(i, before, Prng(prng.Next())));
  }
  scenario.target = MakeTarget(root.Fork("target"));
  if (prng.Below(10) > 0) {  // else all is well
    scenario.to_target = MakeFaults(root.Fork("to target"), true);
    scenario.to_replay = MakeFaults(root.Fork("to replay"), false);
  }
  scenario.carriage = MakeCarriage(scenario.sessions, root.Fork("carriage"));
  scenario.live = prng.Below(2) == 0;
  scenario.send_slots = prng.Below(4) == 0 ? 1 + prng.Below(4) : 64;
  scenario.mtu = static_cast<std::uint16_t>(prng.Below(4) == 0 ? 576 : 1500);
  scenario.faithful_acks = Prng(root.Fork("acks")).Below(4) == 0;
  return scenario;
}

}  // namespace tcpcopy::sim
