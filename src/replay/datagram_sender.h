#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "netstack/base/bytes.h"
#include "netstack/wire/ip_fragmenter.h"
#include "src/io/packet_sink.h"
#include "src/replay/datagram_session.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// Sends sessions' datagrams, in order, in as many IP packets as each needs. What finds no room in
/// the sink waits here.
class DatagramSender final : private Runnable {
 public:
  class Owner {
   public:
    /// The last piece of a datagram of `session`, with `bytes` of payload, was given to the sink.
    virtual void OnDatagramSent(DatagramSession& session, std::size_t bytes) = 0;
    /// Nothing waits any more.
    virtual void OnAllSent() = 0;

   protected:
    ~Owner() = default;
  };

  struct Settings {
    std::size_t mtu = 1500;               // bytes of the largest packet that the sink takes
    std::size_t most_waiting = 64 << 20;  // bytes of memory for packets that wait
    std::uint32_t first_identification = 0;
  };

  enum class Fate {
    kTaken,    // sent, or it waits: `OnDatagramSent` tells
    kNoRoom,   // too much waits already
    kTooLong,  // for the target's address family
  };

  /// What a router tells of the path to an IPv6 target is believed down to this size (RFC 8200 5),
  /// and for so long (RFC 8201 4).
  static constexpr std::size_t kLeastMtuV6 = 1280;
  static constexpr Duration kPathMtuLifetime = std::chrono::minutes(10);

  /// Nothing is owned.
  DatagramSender(EventLoop& loop, PacketSink& sink, Owner& owner, const Settings& settings)
      : loop_(loop),
        sink_(sink),
        owner_(owner),
        settings_(settings),
        identification_(settings.first_identification) {}

  Fate Send(DatagramSession& session, ConstBytes payload);
  bool waiting() const { return !waiting_.empty(); }
  /// Forgets what waits.
  void Clear();

  /// A packet to `target`, one of the targets, was too big for a router. Of IPv4 packets there is
  /// nothing to learn: routers cut them.
  void LearnPathMtu(const IpAddress& target, std::size_t mtu);

 private:
  struct Waiting {
    Waiting(DatagramSession& of, std::vector<std::uint8_t> bytes, std::size_t mtu,
            std::uint32_t identification)
        : session(of), packet(std::move(bytes)), pieces(packet, mtu, identification) {}

    DatagramSession& session;
    const std::vector<std::uint8_t> packet;
    IpFragmenter pieces;
  };
  /// What one takes in memory besides its bytes: its place in the queue, and allocations.
  static constexpr std::size_t kBytesAWaiting = sizeof(Waiting) + 64;

  struct PathMtu {
    std::size_t mtu = 0;
    Instant until{};
  };

  void Run() override { SendWaiting(); }
  bool SendAtOnce(DatagramSession& session, ConstBytes payload, std::size_t length);
  void SendWaiting();
  std::size_t MtuTo(const IpAddress& target) const;

  EventLoop& loop_;
  PacketSink& sink_;
  Owner& owner_;
  const Settings settings_;
  std::deque<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::map<IpAddress, PathMtu> path_mtu_;  // by target: no more than there are targets
  std::uint32_t identification_;
};

}  // namespace tcpcopy
