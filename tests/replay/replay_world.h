#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "src/replay/dispatcher.h"
#include "src/runtime/clock.h"
#include "tests/replay/target_model.h"

namespace tcpcopy {

/// Everything around the dispatcher in virtual time: a captured client that is played by hand, and
/// a target model that gets what the replay sends and answers at once.
class ReplayWorld {
 public:
  /// Adjusts the policy before the world is built.
  explicit ReplayWorld(ReplayPolicy replay_policy = {}, std::size_t pool_bytes = 8U << 20,
                       const std::string& mapping = "80-10.0.0.2:8080",
                       ReplyPath* reply_path = nullptr);
  ~ReplayWorld();

  /// A captured client; its methods are the segments that the capture shows, in that order.
  class Client {
   public:
    Client(ReplayWorld& in, std::uint16_t client_port, std::uint32_t initial)
        : world(in), port(client_port), iss(initial) {}

    Client& Syn();
    /// The handshake's last ACK.
    Client& Ack() { return Segment(TcpFlags::kAck, ""); }
    /// More bytes, after `seen` response bytes in all.
    Client& Says(const std::string& text, std::uint32_t seen = 0);
    /// Leaves a hole of `count` bytes in the capture.
    Client& Misses(std::uint32_t count);
    /// What it says next begins at this offset of its stream.
    Client& At(std::uint32_t offset);
    Client& Sees(std::uint32_t seen);
    Client& Fin(std::uint32_t seen = 0);
    Client& Rst();
    /// What the words above do not say: any segment, at where the client is.
    Client& Segment(std::uint8_t flags, const std::string& text);

    FlowKey captured() const;
    /// What the target sees of it; the replay keeps its address.
    FlowKey replayed() const;

   private:
    void Emit(const std::vector<std::uint8_t>& packet);

    ReplayWorld& world;
    const std::uint16_t port;
    const std::uint32_t iss;
    std::uint32_t sent = 0;
    std::uint32_t answered = 0;
  };

  Client NewClient(std::uint16_t port = 40000, std::uint32_t iss = 1000) {
    return Client(*this, port, iss);
  }

  /// Lets `time` pass, with all that happens in it.
  void Run(Duration time);
  /// What is due at this moment and follows from it, no time passing.
  void Settle() { Run(Duration{0}); }

  /// Gives a packet to the capture of the client side.
  void Capture(const std::vector<std::uint8_t>& packet, std::size_t kept = SIZE_MAX);
  std::uint64_t Count(Outcome outcome) const { return ledger.Of(outcome).sessions; }

  ReplayPolicy policy;
  VirtualClock clock;
  BlockPool blocks;
  Ledger ledger;
  TargetModel target;
  /// Slots that the sink has; 0 lets nothing out.
  std::size_t free_slots = 64;
  std::uint64_t packets_sent = 0;
  /// When the client packets that follow were due; kNever: as they come.
  Instant due = kNever;
  /// Bytes that the capture keeps of each client packet.
  std::size_t snapshot_length = SIZE_MAX;
  /// Client packets with more behind their IP header come in pieces of so many bytes (0: whole).
  std::size_t fragment_bytes = 0;
  /// How often the capture shows each client packet.
  int client_sightings = 1;
  /// Interfaces that see each reply; 0 for one that is not known.
  std::uint32_t reply_views = 0;
  /// Who brings the target's replies; none brings them when that is empty.
  std::vector<ReplyPath::Carrier> carriers = {0};
  /// A router on the way to the target takes no longer IP packets, and says so.
  std::size_t path_mtu = SIZE_MAX;
  std::uint64_t captured_packets = 0;
  std::uint64_t first_cut = 0;   // number of the first cut packet, 0 for none
  std::vector<SessionEnd> ends;  // of sessions, as many as it has room for
  /// True while the replay runs, false while the world around it does.
  bool in_replay = false;

 private:
  class Wire;  // the driver: moves packets between the replay and the target
  class Sink;
  class Addresses;  // keeps client addresses

  TargetMap targets_;
  IsnGenerator isn_{7};
  std::unique_ptr<Wire> wire_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<Addresses> addresses_;

 public:
  std::unique_ptr<Dispatcher> dispatcher;
  EventLoop& loop() { return *loop_; }
  /// Sends what the target's application queued by itself.
  void FlushTarget(const FlowKey& captured);
  /// Gives the replay a reply that the target does not send.
  void BringReply(const FlowKey& flow, const TcpSegment& segment, ReplyPath::Carrier carrier);
  /// Gives the replay a router's message that `packet` is longer than the `mtu` of its next link.
  void TellTooBig(const std::vector<std::uint8_t>& packet, std::size_t mtu);
  /// Tells the sink's waiters that there are `count` slots again.
  void GiveSlots(std::size_t count);
};

}  // namespace tcpcopy
