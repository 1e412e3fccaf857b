#include "tests/bench/engine_world.h"

#include <algorithm>
#include <numeric>

#include "netstack/base/check.h"
#include "netstack/wire/build_packet.h"
#include "src/replay/list_addresses.h"

namespace tcpcopy::bench {
namespace {

constexpr std::size_t kRequestBytes = 100;
constexpr std::size_t kAnswerBytes = 200;
constexpr std::uint32_t kProductionIss = 0x70000000;
constexpr std::uint32_t kTargetIss = 0x50000000;
constexpr std::size_t kIpBytes = 20;
constexpr std::size_t kTcpBytes = 20;
constexpr std::uint32_t kReplyInterface = 2;
constexpr std::size_t kSlots = 1024;

const IpAddress kOwn = IpAddress::V4(0x0a000001);  // 10.0.0.1
const Endpoint kTarget{IpAddress::V4(0x0a000002), 8080};
const Endpoint kProduction{IpAddress::V4(0xc6336401), 80};  // 198.51.100.1

constexpr std::array<std::uint8_t, 14> kEthernet{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
// Linux "cooked", as captures of all interfaces have it: IPv4, seen by interface 2.
constexpr std::array<std::uint8_t, 20> kCooked{8, 0, 0, 0, 0, 0, 0, kReplyInterface};

/// 5,000 connections an address.
Endpoint ClientOf(std::uint64_t number) {
  return {IpAddress::V4(0x0a800000 + static_cast<std::uint32_t>(number / 5000)),
          static_cast<std::uint16_t>(1024 + number % 5000)};
}

}  // namespace

PacketTemplate::PacketTemplate(ConstBytes link, std::uint8_t flags, std::size_t text)
    : ip_at_(link.size()) {
  TcpSegment segment;
  segment.flags = TcpFlags{flags};
  segment.window = 501;
  segment.payload_length = static_cast<std::uint32_t>(text);
  segment.options.timestamps = TcpTimestamps{};
  if (segment.flags.syn()) {
    segment.options.mss = 1460;
    segment.options.window_scale = 7;
    segment.options.sack_permitted = true;
  }
  const std::size_t headers = HeaderLength(IpFamily::kV4, segment.options);
  bytes_.assign(ip_at_ + headers + text, 'x');
  std::ranges::copy(link, bytes_.begin());
  const FlowKey nobody{{IpAddress::V4(0), 0}, {IpAddress::V4(0), 0}};
  BuildPacket(nobody, segment, 0, MutableBytes(bytes_).subspan(ip_at_));
  // MSS comes before; kind and length, behind two bytes of padding or SACK-permitted.
  timestamps_at_ = ip_at_ + kIpBytes + kTcpBytes + (segment.flags.syn() ? 8 : 4);
}

ConstBytes PacketTemplate::With(const Numbers& numbers) {
  std::uint8_t* const ip = bytes_.data() + ip_at_;
  StoreBe32(ip + 12, numbers.from.address.v4());
  StoreBe32(ip + 16, numbers.to.address.v4());
  std::uint8_t* const tcp = ip + kIpBytes;
  StoreBe16(tcp, numbers.from.port);
  StoreBe16(tcp + 2, numbers.to.port);
  StoreBe32(tcp + 4, numbers.seq);
  StoreBe32(tcp + 8, numbers.ack);
  StoreBe32(bytes_.data() + timestamps_at_, numbers.timestamp);
  StoreBe32(bytes_.data() + timestamps_at_ + 4, numbers.echo);
  return bytes_;
}

/// What the engine sends to, and what it waits with: the target is here. It keeps nothing of its
/// connections, because our packets tell all that it needs.
class EngineWorld::Wire final : public testing::IdleDriver, public PacketSink {
 public:
  explicit Wire(EngineWorld& owner) : world(owner), buffers(1500) {
    slot.buffer = buffers;
    const std::uint8_t ack = TcpFlags::kAck;
    templates[kSynAck] = PacketTemplate(kCooked, TcpFlags::kSyn | ack, 0);
    templates[kAckOnly] = PacketTemplate(kCooked, ack, 0);
    templates[kAnswer] = PacketTemplate(kCooked, ack | TcpFlags::kPsh, kAnswerBytes);
    templates[kFinToo] = PacketTemplate(kCooked, ack | TcpFlags::kFin, 0);
    replies.reserve(4 * kSlots);
    delivering.reserve(4 * kSlots);
  }

  // The driver.
  void Wait(Instant until) override {
    if (replies.empty()) {
      if (until != kNever) world.clock_.AdvanceTo(std::min(until, latest));
      return;
    }
    world.clock_.Advance(std::chrono::microseconds(100));
    delivering.swap(replies);
    for (const Reply& reply : delivering) Deliver(reply);
    delivering.clear();
  }

  // The sink.
  SendSlot* Acquire() override { return &slot; }
  void Release(SendSlot*) override {}
  void PostWhenFree(Runnable&) override {}
  Stats stats() const override { return {}; }
  void Send(SendSlot*, std::size_t length, const IpAddress&) override {
    Take(ConstBytes(buffers).first(length));
  }

  void Take(ConstBytes packet) {
    ++sent;
    const std::uint8_t* const ip = packet.data();
    const std::uint8_t* const tcp = ip + kIpBytes;
    const TcpFlags flags{tcp[13]};
    const std::size_t headers = kIpBytes + std::size_t{tcp[12]} / 16 * 4;
    const auto text = static_cast<std::uint32_t>(packet.size() - headers);
    if (text == 0 && !flags.syn() && !flags.fin()) return;
    Reply reply{.local = LoadBe32(ip + 12), .port = LoadBe16(tcp)};
    reply.seq = flags.syn() ? kTargetIss : LoadBe32(tcp + 8);
    reply.ack = LoadBe32(tcp + 4) + text + (flags.syn() || flags.fin() ? 1 : 0);
    reply.echo = LoadBe32(tcp + kTcpBytes + (flags.syn() ? 8 : 4));
    const bool target_closes = world.options_.closer == Closer::kTarget && !world.options_.idle;
    if (flags.syn()) {
      Answer(reply, kSynAck);
    } else if (flags.fin()) {
      Answer(reply, target_closes ? kAckOnly : kFinToo);
    } else {
      Answer(reply, kAckOnly);
      Answer(reply, kAnswer);
      if (!target_closes) return;
      reply.seq += kAnswerBytes;
      Answer(reply, kFinToo);
    }
  }

  std::uint64_t sent = 0;
  std::uint64_t delivered = 0;
  Instant latest = kNever;
  PacketHandler* handler = nullptr;
  bool quiet() const { return replies.empty(); }

 private:
  enum Kind : std::uint8_t { kSynAck, kAckOnly, kAnswer, kFinToo, kReplyKinds };
  struct Reply {
    std::uint32_t local = 0;
    std::uint16_t port = 0;
    Kind kind = kAckOnly;
    std::uint32_t seq = 0;
    std::uint32_t ack = 0;
    std::uint32_t echo = 0;
  };

  void Answer(Reply reply, Kind kind) {
    reply.kind = kind;
    replies.push_back(reply);
  }
  void Deliver(const Reply& reply) {
    ++delivered;
    const auto now =
        static_cast<std::uint32_t>(world.clock_.Now().time_since_epoch().count() >> 20);
    const ConstBytes bytes =
        templates[reply.kind].With({.from = kTarget,
                                    .to = {IpAddress::V4(reply.local), reply.port},
                                    .seq = reply.seq,
                                    .ack = reply.ack,
                                    .timestamp = now + 1,
                                    .echo = reply.echo});
    handler->OnPacket({.bytes = bytes,
                       .link = LinkType::kLinuxSll2,
                       .wire_length = bytes.size(),
                       .captured_at = world.clock_.Now().time_since_epoch(),
                       .interface = kReplyInterface});
  }

  EngineWorld& world;
  std::vector<std::uint8_t> buffers;
  SendSlot slot;
  std::array<PacketTemplate, kReplyKinds> templates;
  std::vector<Reply> replies;
  std::vector<Reply> delivering;
};

/// Sends what the engine would, without having understood anything, and as cheaply as can be: what
/// it does itself is taken off the engine's instructions, too.
class EngineWorld::Rote final : public PacketHandler {
 public:
  explicit Rote(EngineWorld& owner) : world(owner) {
    const std::uint8_t ack = TcpFlags::kAck;
    syn = PacketTemplate({}, TcpFlags::kSyn, 0);
    request = PacketTemplate({}, ack | TcpFlags::kPsh, kRequestBytes);
    fin = PacketTemplate({}, ack | TcpFlags::kFin, 0);
  }
  void OnPacket(const CapturedPacket& packet) override {
    if (packet.link != LinkType::kEthernet) return;
    const std::uint8_t* const tcp = packet.bytes.data() + kEthernet.size() + kIpBytes;
    const TcpFlags flags{tcp[13]};
    const PacketTemplate::Numbers numbers{.from = {kOwn, LoadBe16(tcp)}, .to = kTarget};
    if (flags.syn()) world.wire_->Take(syn.With(numbers));
    if (flags.fin()) world.wire_->Take(fin.With(numbers));
    if (flags.psh()) world.wire_->Take(request.With(numbers));
  }

 private:
  EngineWorld& world;
  PacketTemplate syn;
  PacketTemplate request;
  PacketTemplate fin;
};

EngineWorld::EngineWorld(const Options& options)
    : options_(options), targets_(*TargetMap::Parse("80-10.0.0.2:8080")) {
  policy_.max_sessions = options.most_sessions;
  policy_.max_engaged = options.most_sessions;
  const std::uint8_t ack = TcpFlags::kAck;
  templates_[kSyn] = PacketTemplate(kEthernet, TcpFlags::kSyn, 0);
  templates_[kHandshake] = PacketTemplate(kEthernet, ack, 0);
  templates_[kRequest] = PacketTemplate(kEthernet, ack | TcpFlags::kPsh, kRequestBytes);
  templates_[kAck] = PacketTemplate(kEthernet, ack, 0);
  templates_[kFin] = PacketTemplate(kEthernet, ack | TcpFlags::kFin, 0);
  templates_[kLastAck] = PacketTemplate(kEthernet, ack, 0);
  if (options.idle) {  // more of them than one address has ports
    addresses_ = std::make_unique<ListAddresses>(
        std::vector{Network{IpAddress::V4(0x0a010000), 24}}, [](const IpAddress&) { return false; },
        std::vector<std::uint16_t>{}, PortShare());
  } else {
    std::vector<std::uint16_t> ports(60'000);
    std::iota(ports.begin(), ports.end(), std::uint16_t{2000});
    addresses_ = std::make_unique<PooledAddresses>(
        ports, std::map<IpAddress, IpAddress>{{kTarget.address, kOwn}});
  }
  wire_ = std::make_unique<Wire>(*this);
  loop_ = std::make_unique<EventLoop>(clock_, *wire_);
  dispatcher_ = std::make_unique<Dispatcher>(Dispatcher::Parts{*loop_,
                                                               *wire_,
                                                               blocks_,
                                                               ledger_,
                                                               policy_,
                                                               isn_,
                                                               targets_,
                                                               *addresses_,
                                                               nullptr,
                                                               {},
                                                               1,
                                                               {},
                                                               {}});
  clients_ = &dispatcher_->client_side();
  wire_->handler = &dispatcher_->target_side();
  if (options.harness_only) {
    rote_ = std::make_unique<Rote>(*this);
    clients_ = rote_.get();
    wire_->handler = rote_.get();
  }
}

EngineWorld::~EngineWorld() = default;

std::uint64_t EngineWorld::packets_sent() const { return wire_->sent; }
std::uint64_t EngineWorld::replies() const { return wire_->delivered; }

void EngineWorld::Capture(Kind kind, std::uint64_t client) {
  // What the client has seen and said before; production's FIN counts where it came first.
  const bool late = kind >= kAck;
  const std::uint32_t closed = options_.closer == Closer::kTarget && late ? 1 : 0;
  const std::uint32_t answered = late ? 1 + kAnswerBytes + closed : 1;
  const std::uint32_t said = kind == kSyn ? 0 : 1 + (late ? kRequestBytes : 0);
  const std::uint32_t ended = kind == kLastAck ? 1 : 0;
  const auto iss = static_cast<std::uint32_t>(client * 4096);
  const auto now = static_cast<std::uint32_t>(clock_.Now().time_since_epoch().count() >> 20);
  const ConstBytes bytes =
      templates_[kind].With({.from = ClientOf(client),
                             .to = kProduction,
                             .seq = iss + said + ended,
                             .ack = kind == kSyn ? 0 : kProductionIss + answered + ended,
                             .timestamp = now + 1,
                             .echo = now + 1});
  clients_->OnPacket({.bytes = bytes,
                      .link = LinkType::kEthernet,
                      .wire_length = bytes.size(),
                      .captured_at = clock_.Now().time_since_epoch(),
                      .number = ++captured_});
}

void EngineWorld::CaptureOfEach(std::initializer_list<Kind> kinds, std::uint64_t first,
                                std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    for (const Kind kind : kinds) Capture(kind, first + i);
  }
}

void EngineWorld::RunUntilQuiet() {
  constexpr int kLast = 2;  // of quiet turns: what was delivered last is to be seen to
  for (int quiet = 0; quiet < kLast;) {
    wire_->latest = clock_.Now();
    loop_->RunOnce(clock_.Now());
    quiet = wire_->quiet() ? quiet + 1 : 0;
  }
}

void EngineWorld::Run(std::uint64_t sessions) {
  while (sessions > 0) {
    const std::uint64_t count = std::min(sessions, options_.at_once);
    CaptureOfEach({kSyn, kHandshake, kRequest, kAck, kFin}, clients_so_far_, count);
    RunUntilQuiet();
    if (options_.closer == Closer::kClient) CaptureOfEach({kLastAck}, clients_so_far_, count);
    clients_so_far_ += count;
    sessions -= count;
    // What rests in TIME-WAIT is there for as many sessions as it would be at 40,000 a second.
    clock_.Advance(std::chrono::microseconds(25 * count));
  }
  // The last ones' TIME-WAIT.
  const Instant end = clock_.Now() + std::chrono::seconds(5);
  while (clock_.Now() < end && !options_.harness_only) {
    wire_->latest = end;
    loop_->RunOnce(end);
  }
}

void EngineWorld::OpenIdle(std::uint64_t sessions) {
  const std::uint64_t all = clients_so_far_ + sessions;
  while (clients_so_far_ < all) {
    const std::uint64_t count = std::min(all - clients_so_far_, options_.at_once);
    CaptureOfEach({kSyn, kHandshake, kRequest, kAck}, clients_so_far_, count);
    RunUntilQuiet();
    clock_.Advance(std::chrono::milliseconds(50));  // the delayed ACK of the answer
    RunUntilQuiet();
    clients_so_far_ += count;
  }
}

}  // namespace tcpcopy::bench
