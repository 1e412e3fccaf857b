#pragma once

#include <cstdint>
#include <map>

#include "netstack/base/bytes.h"
#include "netstack/wire/ip_address.h"
#include "src/runtime/runnable.h"

namespace tcpcopy {

/// Room for one outgoing packet. Owned by the sink, always; what the kernel may still read is never
/// in a session or a coroutine frame.
struct SendSlot {
  MutableBytes buffer;
};

/// Where packets go. Implementations: raw sockets through io_uring, test doubles.
class PacketSink {
 public:
  struct Stats {
    std::uint64_t packets = 0;  // handed to the kernel
    std::uint64_t bytes = 0;
    std::uint64_t waits = 0;   // for a free slot: as many packets as there are were under way
    std::uint64_t joined = 0;  // times that several packets went as one, which is parted later
    /// How often the kernel refused one, by errno; for TCP the same as a lost packet.
    std::map<int, std::uint64_t> errors_by_number{};

    std::uint64_t errors() const {
      std::uint64_t sum = 0;
      for (const auto& [number, count] : errors_by_number) sum += count;
      return sum;
    }
    Stats& operator+=(const Stats& other) {
      packets += other.packets;
      bytes += other.bytes;
      joined += other.joined;
      waits += other.waits;
      for (const auto& [number, count] : other.errors_by_number) errors_by_number[number] += count;
      return *this;
    }
  };

  virtual ~PacketSink() = default;

  /// A free slot, or nullptr when all are in flight. Must be given to `Send` or `Release`.
  virtual SendSlot* Acquire() = 0;
  /// Queues the IP packet in the first `length` bytes of the slot's buffer; `destination` is its
  /// destination address. Sent at the loop's next wait at the latest. Never blocks, never fails
  /// towards the caller: an error is counted and repaired by the sender's retransmission timer.
  virtual void Send(SendSlot* slot, std::size_t length, const IpAddress& destination) = 0;
  virtual void Release(SendSlot* slot) = 0;

  /// Posts `waiter` to the event loop when slots are free again. First come, first served;
  /// destroying the waiter cancels it. `waiter` must not be posted otherwise meanwhile.
  virtual void PostWhenFree(Runnable& waiter) = 0;

  virtual Stats stats() const = 0;
};

}  // namespace tcpcopy
