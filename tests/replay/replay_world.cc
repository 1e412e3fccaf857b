#include "tests/replay/replay_world.h"

#include <algorithm>
#include <utility>

#include "netstack/wire/build_packet.h"
#include "tests/runtime/idle_driver.h"

namespace tcpcopy {
namespace {

const IpAddress kClientAddress = IpAddress::V4(0xc0000201);      // 192.0.2.1
const IpAddress kProductionAddress = IpAddress::V4(0xc6336401);  // 198.51.100.1
constexpr std::uint32_t kProductionIss = 0xffffff00U;            // answers cross 2^32

/// Sets a flag as long as it lives.
class Scope {
 public:
  Scope(bool& flag, bool value) : flag_(flag), before_(std::exchange(flag, value)) {}
  ~Scope() { flag_ = before_; }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  bool& flag_;
  const bool before_;
};

/// ICMP "fragmentation needed" (RFC 1191 4) of a router at 10.9.9.9.
std::vector<std::uint8_t> TooBig(const std::vector<std::uint8_t>& packet, std::size_t mtu) {
  constexpr std::size_t kQuoted = 28;
  std::vector<std::uint8_t> message{0x45, 0, 0, 56, 0, 0, 0, 0, 64, 1, 0, 0, 10, 9, 9, 9};
  message.insert(message.end(), packet.begin() + 12, packet.begin() + 16);  // who sent it
  message.insert(message.end(), {3, 4, 0, 0, 0, 0, 0, 0});
  StoreBe16(&message[26], static_cast<std::uint16_t>(mtu));
  message.insert(message.end(), packet.begin(), packet.begin() + kQuoted);
  return message;
}

}  // namespace

class ReplayWorld::Wire final : public testing::IdleDriver {
 public:
  explicit Wire(ReplayWorld& owner) : world(owner) {}
  void Wait(Instant until) override {
    const Scope outside(world.in_replay, false);
    if (to_target.empty() && to_replay.empty()) {
      world.clock.AdvanceTo(std::min(until, limit));
      return;
    }
    std::deque<std::vector<std::uint8_t>> packets;
    packets.swap(to_target);
    for (const auto& packet : packets) {
      if (packet.size() > world.path_mtu) {
        to_replay.push_back(TooBig(packet, world.path_mtu));
        continue;
      }
      for (auto& reply : world.target.OnPacket(packet)) to_replay.push_back(std::move(reply));
    }
    Deliver();
  }
  void Deliver() {
    while (!to_replay.empty()) {
      const std::vector<std::uint8_t> packet = std::move(to_replay.front());
      to_replay.pop_front();
      const std::uint32_t first = world.reply_views == 0 ? 0 : 1;
      for (std::uint32_t interface = first; interface <= world.reply_views; ++interface) {
        for (const ReplyPath::Carrier carrier : world.carriers) Reply(packet, interface, carrier);
      }
    }
  }
  void Reply(ConstBytes packet, std::uint32_t interface, ReplyPath::Carrier carrier) {
    const Scope inside(world.in_replay, true);
    world.dispatcher->target_side().OnPacket({.bytes = packet,
                                              .link = LinkType::kRawIp,
                                              .wire_length = packet.size(),
                                              .interface = interface,
                                              .carrier = carrier});
  }

  ReplayWorld& world;
  std::deque<std::vector<std::uint8_t>> to_target;
  std::deque<std::vector<std::uint8_t>> to_replay;
  Instant limit{};
};

class ReplayWorld::Sink final : public PacketSink {
 public:
  explicit Sink(ReplayWorld& owner) : world(owner), buffer(owner.policy.tcp.mtu) {
    slot.buffer = buffer;
  }
  SendSlot* Acquire() override {
    if (world.free_slots == 0) return nullptr;
    return &slot;
  }
  void Send(SendSlot* sent, std::size_t length, const IpAddress&) override {
    const Scope outside(world.in_replay, false);
    ++world.packets_sent;
    const auto bytes = sent->buffer.first(length);
    world.wire_->to_target.emplace_back(bytes.begin(), bytes.end());
  }
  void Release(SendSlot*) override {}
  void PostWhenFree(Runnable& waiter) override { waiters.push_back(waiter); }
  Stats stats() const override { return {}; }

  ReplayWorld& world;
  std::vector<std::uint8_t> buffer;
  SendSlot slot;
  boost::intrusive::list<Runnable, boost::intrusive::constant_time_size<false>> waiters;
};

class ReplayWorld::Addresses final : public AddressAllocator {
 public:
  std::optional<Endpoint> Claim(const AddressClaim& claim, const StateOf&) override {
    Endpoint local = claim.client;
    if (local.port == 1) return std::nullopt;  // the tests' client without an address
    local.port = static_cast<std::uint16_t>(local.port + claim.copy);
    return local;
  }
  void Release(const Endpoint&, const Endpoint&) override {}
};

ReplayWorld::ReplayWorld(ReplayPolicy replay_policy, std::size_t pool_bytes,
                         const std::string& mapping, ReplyPath* reply_path)
    : policy(replay_policy), blocks(pool_bytes), targets_(*TargetMap::Parse(mapping)) {
  wire_ = std::make_unique<Wire>(*this);
  loop_ = std::make_unique<EventLoop>(clock, *wire_);
  sink_ = std::make_unique<Sink>(*this);
  addresses_ = std::make_unique<Addresses>();
  dispatcher = std::make_unique<Dispatcher>(
      Dispatcher::Parts{*loop_,
                        *sink_,
                        blocks,
                        ledger,
                        policy,
                        isn_,
                        targets_,
                        *addresses_,
                        reply_path,
                        {},
                        1,
                        [this](const CapturedPacket& packet) { first_cut = packet.number; },
                        [this](const SessionEnd& end) {
                          if (ends.size() < ends.capacity()) ends.push_back(end);
                        }});
}

ReplayWorld::~ReplayWorld() = default;

void ReplayWorld::Run(Duration time) {
  wire_->limit = clock.Now() + time;
  // Bounded, so that a replay that never rests fails its test instead of hanging it.
  for (int quiet = 0, turns = 0; quiet < 3 && turns < 200'000; ++turns) {
    const std::uint64_t sent = packets_sent;
    const Instant before = clock.Now();
    const Scope inside(in_replay, true);
    loop_->RunOnce(wire_->limit);
    const bool moved = packets_sent != sent || clock.Now() != before || !wire_->to_target.empty() ||
                       !wire_->to_replay.empty();
    quiet = moved || clock.Now() < wire_->limit ? 0 : quiet + 1;
  }
}

void ReplayWorld::Capture(const std::vector<std::uint8_t>& packet, std::size_t kept) {
  const Scope inside(in_replay, true);
  for (int i = 0; i < client_sightings; ++i) {
    dispatcher->client_side().OnPacket(
        {.bytes = ConstBytes(packet).first(std::min(kept, packet.size())),
         .link = LinkType::kRawIp,
         .wire_length = packet.size(),
         .captured_at = Duration{0},
         .number = ++captured_packets,
         .due = due});
  }
}

void ReplayWorld::FlushTarget(const FlowKey& captured) {
  FlowKey flow = captured;
  flow.peer = targets_.mappings().front().target;
  for (auto& packet : target.Flush(flow)) wire_->to_replay.push_back(std::move(packet));
}

void ReplayWorld::BringReply(const FlowKey& flow, const TcpSegment& segment,
                             ReplyPath::Carrier carrier) {
  std::vector<std::uint8_t> packet(HeaderLength(IpFamily::kV4, segment.options));
  BuildPacket(flow, segment, 0, packet);
  wire_->Reply(packet, 0, carrier);
}

void ReplayWorld::TellTooBig(const std::vector<std::uint8_t>& packet, std::size_t mtu) {
  wire_->to_replay.push_back(TooBig(packet, mtu));
}

void ReplayWorld::GiveSlots(std::size_t count) {
  free_slots = count;
  while (!sink_->waiters.empty()) {
    Runnable& waiter = sink_->waiters.front();
    waiter.unlink();
    loop_->Post(waiter);
  }
}

FlowKey ReplayWorld::Client::captured() const {
  return {{kClientAddress, port}, {kProductionAddress, 80}};
}

FlowKey ReplayWorld::Client::replayed() const {
  return {captured().local, world.targets_.mappings().front().target};
}

ReplayWorld::Client& ReplayWorld::Client::Segment(std::uint8_t flags, const std::string& text) {
  TcpSegment segment;
  const bool syn = (flags & TcpFlags::kSyn) != 0;
  segment.seq = syn ? SeqNum(iss) : SeqNum(iss + 1 + sent);
  if (!syn) segment.ack = SeqNum(kProductionIss + 1 + answered);
  segment.flags.bits = flags;
  segment.window = 65535;
  if (syn) {
    segment.options.mss = 1400;
    segment.options.window_scale = 7;
    segment.options.sack_permitted = true;
  }
  segment.payload_length = static_cast<std::uint32_t>(text.size());
  const std::size_t header = HeaderLength(IpFamily::kV4, segment.options);
  std::vector<std::uint8_t> packet(header + text.size());
  std::copy(text.begin(), text.end(), packet.begin() + static_cast<std::ptrdiff_t>(header));
  BuildPacket(captured(), segment, 0, packet);
  Emit(packet);
  sent += static_cast<std::uint32_t>(text.size());
  return *this;
}

void ReplayWorld::Client::Emit(const std::vector<std::uint8_t>& packet) {
  constexpr std::size_t kIpHeader = 20;
  const std::size_t most = world.fragment_bytes;
  if (most == 0 || packet.size() <= kIpHeader + most) {
    return world.Capture(packet, world.snapshot_length);
  }
  for (std::size_t at = kIpHeader; at < packet.size(); at += most) {
    const std::size_t length = std::min(most, packet.size() - at);
    std::vector<std::uint8_t> piece(packet.begin(), packet.begin() + kIpHeader);
    const auto from = packet.begin() + static_cast<std::ptrdiff_t>(at);
    piece.insert(piece.end(), from, from + static_cast<std::ptrdiff_t>(length));
    const std::uint16_t more = at + length < packet.size() ? 0x2000 : 0;
    StoreBe16(piece.data() + 2, static_cast<std::uint16_t>(piece.size()));
    StoreBe16(piece.data() + 6, static_cast<std::uint16_t>((at - kIpHeader) / 8 | more));
    world.Capture(piece);
  }
}

ReplayWorld::Client& ReplayWorld::Client::Syn() { return Segment(TcpFlags::kSyn, ""); }

ReplayWorld::Client& ReplayWorld::Client::Says(const std::string& text, std::uint32_t seen) {
  answered = std::max(answered, seen);
  return Segment(TcpFlags::kAck | TcpFlags::kPsh, text);
}

ReplayWorld::Client& ReplayWorld::Client::Misses(std::uint32_t count) {
  sent += count;
  return *this;
}

ReplayWorld::Client& ReplayWorld::Client::At(std::uint32_t offset) {
  sent = offset;
  return *this;
}

ReplayWorld::Client& ReplayWorld::Client::Sees(std::uint32_t seen) {
  answered = seen;
  return Ack();
}

ReplayWorld::Client& ReplayWorld::Client::Fin(std::uint32_t seen) {
  answered = std::max(answered, seen);
  Segment(TcpFlags::kFin | TcpFlags::kAck, "");
  ++sent;
  return *this;
}

ReplayWorld::Client& ReplayWorld::Client::Rst() { return Segment(TcpFlags::kRst, ""); }

}  // namespace tcpcopy
