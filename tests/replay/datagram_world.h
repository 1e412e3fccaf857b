#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "src/replay/datagram_replay.h"
#include "src/runtime/clock.h"
#include "tests/runtime/idle_driver.h"

namespace tcpcopy::testing {

/// Everything around the datagram replay in virtual time: captured clients that are played by hand,
/// and a target of which one sees what it gets, whole.
class DatagramWorld {
 public:
  struct Setup {
    std::string mapping = "53-10.0.0.2:5353";
    std::vector<std::uint16_t> ports = {2000, 2001, 2002, 2003, 2004, 2005, 2006, 2007};
    bool keep = false;  // client addresses
    bool live = false;
    std::size_t mtu = 1500;
    std::size_t most_waiting = 1 << 20;
  };

  struct Arrived {
    FlowKey flow;
    std::string payload;
  };

  explicit DatagramWorld(const Setup& world_setup, ReplayPolicy replay_policy = {});
  ~DatagramWorld();

  /// The client 192.0.2.1:`port` says `text` to production, 198.51.100.1:53.
  void Says(std::uint16_t port, const std::string& text, const char* production = "198.51.100.1");
  /// Gives any IP packet to the capture of the client side.
  void Capture(const std::vector<std::uint8_t>& packet, std::size_t kept = SIZE_MAX,
               std::uint32_t interface = 0);
  /// The target answers on the flow of what arrived `index`-th.
  void Answers(std::size_t index, const std::string& text = "reply");
  /// ICMP: what arrived `index`-th did not get there.
  void Refuses(std::size_t index, const IpAddress& by = IpAddress::V4(0x0a000002));
  /// Gives any IP packet to the capture of replies.
  void Reply(const std::vector<std::uint8_t>& packet);
  /// Lets `time` pass, for us and in the capture, with all that happens in it.
  void Run(Duration time);

  std::vector<std::string> Payloads() const;
  std::uint64_t Count(Outcome outcome) const { return ledger.Of(outcome).sessions; }

  const Setup setup;
  const ReplayPolicy policy;
  VirtualClock clock;
  Ledger ledger{Transport::kUdp};
  std::vector<Arrived> arrived;       // at the target, in order
  std::vector<SessionEnd> ends;       // that were told
  std::vector<std::size_t> packets;   // lengths of the IP packets that were sent
  std::size_t free_slots = SIZE_MAX;  // that the sink has; 0 lets nothing out
  Duration captured_at = std::chrono::hours(1);
  std::uint64_t cut = 0;  // number of the first cut packet
  std::size_t idled = 0;  // how often the last session went
  std::size_t woken = 0;  // how often the reader was
  void GiveSlots(std::size_t count);

 private:
  class Sink;

  JumpingDriver driver_{clock};
  EventLoop loop_{clock, driver_};
  TargetMap targets_;
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<AddressAllocator> pool_;
  std::unique_ptr<AddressAllocator> keep_;
  PacketReader target_;
  CallRunnable idle_listener_;
  CallRunnable reader_;
  std::uint64_t number_ = 0;

 public:
  std::unique_ptr<DatagramReplay> replay;
};

/// A UDP packet.
std::vector<std::uint8_t> DatagramPacket(const FlowKey& flow, const std::string& payload);

}  // namespace tcpcopy::testing
