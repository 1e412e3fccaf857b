#include "tests/replay/datagram_world.h"

#include <boost/test/unit_test.hpp>

#include "netstack/base/check.h"
#include "netstack/wire/build_packet.h"
#include "src/replay/keep_addresses.h"
#include "src/replay/pooled_addresses.h"

namespace tcpcopy::testing {
namespace {

const IpAddress kClient = IpAddress::V4(0xc0000201);  // 192.0.2.1
const IpAddress kOwn = IpAddress::V4(0x0a000001);     // 10.0.0.1
const IpAddress kOwn6 = IpAddress::Parse("2001:db8::1").value();

ConstBytes BytesOf(const std::string& text) {
  return {static_cast<const std::uint8_t*>(static_cast<const void*>(text.data())), text.size()};
}

}  // namespace

class DatagramWorld::Sink final : public PacketSink {
 public:
  explicit Sink(DatagramWorld& owner) : world(owner), buffer(owner.setup.mtu) {
    slot.buffer = buffer;
  }
  SendSlot* Acquire() override {
    if (world.free_slots == 0) return nullptr;
    --world.free_slots;
    return &slot;
  }
  void Send(SendSlot*, std::size_t length, const IpAddress& destination) override {
    world.packets.push_back(length);
    const ConstBytes packet = ConstBytes(buffer).first(length);
    const WantedDatagrams any = [](const FlowKey&) { return true; };
    // However long the pieces wait for a slot, the target waits for them.
    const auto view =
        world.target_.ReadDatagram({LinkType::kRawIp, packet, length}, any, Duration{0});
    if (!view) return;
    TCPCOPY_CHECK(view->flow.peer.address == destination);
    world.arrived.push_back({view->flow, {view->payload.begin(), view->payload.end()}});
  }
  void Release(SendSlot*) override { ++world.free_slots; }
  void PostWhenFree(Runnable& waiter) override { waiters.push_back(waiter); }
  Stats stats() const override { return {}; }

  DatagramWorld& world;
  std::vector<std::uint8_t> buffer;
  SendSlot slot;
  boost::intrusive::list<Runnable, boost::intrusive::constant_time_size<false>> waiters;
};

DatagramWorld::DatagramWorld(const Setup& world_setup, ReplayPolicy replay_policy)
    : setup(world_setup),
      policy(replay_policy),
      targets_(TargetMap::Parse(setup.mapping).value()),
      sink_(std::make_unique<Sink>(*this)),
      idle_listener_([this] { ++idled; }),
      reader_([this] { ++woken; }) {
  std::map<IpAddress, IpAddress> own;
  for (const Mapping& mapping : targets_.mappings()) {
    own.emplace(mapping.target.address, mapping.target.address.IsV4() ? kOwn : kOwn6);
  }
  pool_ = std::make_unique<PooledAddresses>(setup.ports, own);
  const auto is_own = [](const IpAddress& address) { return address == kOwn; };
  keep_ = std::make_unique<KeepAddresses>(is_own, *pool_, KeepAddresses::Settings{});
  std::function<bool(const IpAddress&)> is_production;
  if (setup.live) is_production = [](const IpAddress& address) { return !(address == kOwn); };
  const auto on_cut = [this](const CapturedPacket& packet) { cut = packet.number; };
  const DatagramReplay::Parts parts{loop_,
                                    *sink_,
                                    ledger,
                                    policy,
                                    targets_,
                                    setup.keep ? *keep_ : *pool_,
                                    {.mtu = setup.mtu, .most_waiting = setup.most_waiting},
                                    is_production,
                                    7,
                                    on_cut,
                                    [this](const SessionEnd& end) { ends.push_back(end); }};
  replay = std::make_unique<DatagramReplay>(parts);
  replay->set_idle_listener(&idle_listener_);
  replay->set_reader(&reader_);
}

DatagramWorld::~DatagramWorld() { BOOST_TEST(ledger.Reconciles()); }

std::vector<std::uint8_t> DatagramPacket(const FlowKey& flow, const std::string& payload) {
  std::vector<std::uint8_t> packet(DatagramHeaderLength(flow.local.address.family()));
  const ConstBytes bytes = BytesOf(payload);
  packet.insert(packet.end(), bytes.begin(), bytes.end());
  BuildDatagram(flow, 1, packet);
  return packet;
}

void DatagramWorld::Says(std::uint16_t port, const std::string& text, const char* production) {
  Capture(DatagramPacket({{kClient, port}, {IpAddress::Parse(production).value(), 53}}, text));
}

void DatagramWorld::Capture(const std::vector<std::uint8_t>& packet, std::size_t kept,
                            std::uint32_t interface) {
  const ConstBytes bytes = ConstBytes(packet).first(std::min(kept, packet.size()));
  CapturedPacket captured{.bytes = bytes, .link = LinkType::kRawIp, .wire_length = packet.size()};
  captured.captured_at = captured_at;
  captured.number = ++number_;
  captured.interface = interface;
  replay->client_side().OnPacket(captured);
  BOOST_TEST(ledger.Reconciles());
  BOOST_TEST((policy.shard.IsAll() && policy.ports.IsAll() ? ledger.packets() == number_
                                                           : ledger.packets() <= number_));
}

void DatagramWorld::Answers(std::size_t index, const std::string& text) {
  Reply(DatagramPacket(arrived.at(index).flow.Reversed(), text));
}

void DatagramWorld::Refuses(std::size_t index, const IpAddress& by) {
  const Arrived& datagram = arrived.at(index);
  const std::vector<std::uint8_t> quoted = DatagramPacket(datagram.flow, datagram.payload);
  std::vector<std::uint8_t> message{0x45, 0, 0, 56, 0, 0, 0, 0, 64, 1, 0, 0, 0, 0, 0, 0};
  StoreBe32(message.data() + 12, by.v4());
  message.insert(message.end(), quoted.begin() + 12, quoted.begin() + 16);
  message.insert(message.end(), {3, 3, 0, 0, 0, 0, 0, 0});
  message.insert(message.end(), quoted.begin(), quoted.begin() + 28);
  Reply(message);
}

void DatagramWorld::Reply(const std::vector<std::uint8_t>& packet) {
  CapturedPacket captured{.bytes = packet, .link = LinkType::kRawIp, .wire_length = packet.size()};
  replay->target_side().OnPacket(captured);
}

void DatagramWorld::Run(Duration time) {
  captured_at += time;
  const Instant end = clock.Now() + time;
  do {
    loop_.RunOnce(end);
  } while (clock.Now() < end);
  loop_.RunOnce(end);
}

void DatagramWorld::GiveSlots(std::size_t count) {
  free_slots = count;
  while (!sink_->waiters.empty()) {
    Runnable& waiter = sink_->waiters.front();
    sink_->waiters.pop_front();
    loop_.Post(waiter);
  }
  Run(Duration{0});
}

std::vector<std::string> DatagramWorld::Payloads() const {
  std::vector<std::string> payloads;
  for (const Arrived& each : arrived) payloads.push_back(each.payload);
  return payloads;
}

}  // namespace tcpcopy::testing
