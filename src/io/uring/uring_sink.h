#pragma once

#include <sys/socket.h>

#include <array>
#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "netstack/base/result.h"
#include "src/io/io_error.h"
#include "src/io/packet_sink.h"
#include "src/io/uring/gso_packet.h"
#include "src/io/uring/send_path.h"
#include "src/io/uring/uring_driver.h"
#include "src/runtime/call.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// Sends by way of a SendPath: one operation a packet, queued on the driver's ring and submitted
/// with its next wait, so that a batch costs one system call. When the socket's buffer is full,
/// packets wait in the kernel and their slots stay taken: `Acquire` then finds none. Consecutive
/// segments of one connection go as one GsoPacket, where the path takes that.
class UringSink final : public PacketSink, private CompletionHandler {
 public:
  struct Options {
    std::size_t slots = 1024;  // packets in flight at most
    std::size_t mtu = 1500;    // bytes of the largest packet
  };

  /// `driver` and `loop` are not owned and must outlive the sink, and so must `path`. Packets that
  /// it has no way for become counted errors. Fails when there is no memory.
  static Result<std::unique_ptr<UringSink>, IoError> Create(UringDriver& driver, EventLoop& loop,
                                                            SendPath& path, const Options& options);

  UringSink(const UringSink&) = delete;
  UringSink& operator=(const UringSink&) = delete;
  /// Cancels what the kernel still holds and waits for it, a second at most.
  ~UringSink() override;

  SendSlot* Acquire() override;
  void Send(SendSlot* slot, std::size_t length, const IpAddress& destination) override;
  void Release(SendSlot* slot) override;
  void PostWhenFree(Runnable& waiter) override;
  Stats stats() const override { return stats_; }

  std::size_t slots_in_flight() const { return in_flight_; }
  static constexpr std::size_t kMostGsoPackets = 32;  // in flight at once; beyond, none are made
  /// How often the kernel refused a packet, by errno.
  const std::map<int, std::uint64_t>& errors() const { return stats_.errors_by_number; }

 private:
  /// Everything that the kernel reads of one packet. What its way there needs stays for the next
  /// packet, which mostly goes the same way.
  struct Slot : SendSlot {
    iovec part{};  // link header and packet
    msghdr message{};
    Departure departure;
    IpAddress destination;      // that `departure` is for
    std::uint32_t version = 0;  // of the path, when it was prepared; 0: never
    int error = 0;              // there was no way; else `file` takes the packet
    RingFile file;
    RingFile gso_file;       // takes it joined with others, if `departure` says so
    std::size_t length = 0;  // of the IP packet
    bool in_flight = false;
  };

  /// Segments that go as one packet. Their slots stay as they are, should they have to go alone.
  struct Joined {
    GsoPacket packet;
    std::array<Slot*, GsoPacket::kMostSegments> slots{};

    std::span<Slot* const> taken() const { return std::span(slots).first(packet.count()); }
  };

  UringSink(UringDriver& driver, EventLoop& loop, SendPath& path, const Options& options,
            std::uint8_t* slab, std::size_t slot_bytes);

  void OnCompletion(std::uint32_t token, int result) override;
  void Prepare(Slot& slot, const IpAddress& destination);
  RingFile FileOf(int fd);
  bool Join(Slot& slot);
  bool Begin(Slot& slot);
  void SendJoined();
  void OnJoined(std::size_t number, int result);
  void SendAlone(Slot& slot);
  void SendAgain(Slot& slot);
  bool Queue(Slot& slot);
  void Finish(Slot& slot, int result);
  void CountError(int error);
  void Free(Slot& slot);
  void WakeWaiters(std::size_t most);

  UringDriver& driver_;
  EventLoop& loop_;
  SendPath& path_;
  std::vector<Slot> slots_;
  std::uint8_t* const slab_;  // slot_bytes_ for each slot: room for a link header, and a packet
  const std::size_t slot_bytes_;
  /// The path's sockets as the ring has them. Those of another version may be closed by now, and
  /// their descriptors stand for other files.
  std::map<int, RingFile> files_;
  std::uint32_t files_version_ = 0;
  std::vector<Slot*> free_;  // the last one freed is the first one taken: it is still in the cache
  std::size_t in_flight_ = 0;  // slots that are the kernel's, or wait in `open_` for others
  std::unique_ptr<std::array<Joined, kMostGsoPackets>> joined_ =
      std::make_unique<std::array<Joined, kMostGsoPackets>>();
  std::vector<Joined*> free_joined_;
  Joined* open_ = nullptr;  // takes the next segment, if it fits
  bool joins_ = true;       // until a device or kernel refuses what it said it would take
  /// At the end of the turn: nothing waits for segments that have not been written by then.
  CallRunnable end_of_turn_;
  boost::intrusive::list<Runnable, boost::intrusive::constant_time_size<false>> waiters_;
  /// Behind the waiters that were posted: some of them may have left their slots to others.
  CallRunnable left_over_;
  UringDriver::HandlerId handler_id_;
  Stats stats_;
};

}  // namespace tcpcopy
