#pragma once

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <functional>

#include "src/replay/dispatcher.h"
#include "src/runtime/clock.h"
#include "tests/sim/packet.h"

namespace tcpcopy::sim {

/// The product in virtual time: the real dispatcher on a host whose packets go to a function. What
/// surrounds it is whoever calls `Step`.
class ReplayHost final : private Driver {
 public:
  struct Setup {
    ReplayPolicy policy;
    std::size_t send_slots = 64;
    std::size_t pool_bytes = 16U << 20;
    const char* mapping = "";
    ReplyPath* reply_path = nullptr;
    AddressAllocator* addresses = nullptr;  // nullptr: the clients' own
    std::uint64_t seed = 0;
    /// Takes what leaves.
    std::function<void(Packet)> send;
    /// Lets the surroundings act: advances `clock` to what comes first, `until` at the latest.
    std::function<void(VirtualClock& clock, Instant until)> wait;
  };

  explicit ReplayHost(Setup setup);

  /// One turn of the event loop; waits until `until` at most.
  void Step(Instant until) { loop_.RunOnce(until); }
  void Capture(const Packet& packet, Duration at);
  void OnReply(const Packet& packet, ReplyPath::Carrier carrier);
  /// `runnable` has its turn after the wait. Within a wait the loop's time is that of its
  /// beginning.
  void Post(Runnable& runnable) { loop_.Post(runnable); }

  Instant Now() const { return clock_.Now(); }
  Dispatcher& dispatcher() { return dispatcher_; }
  const Ledger& ledger() const { return ledger_; }
  const BlockPool& blocks() const { return blocks_; }

 private:
  /// A few send slots that are free again when virtual time moves on.
  class SlotSink final : public PacketSink {
   public:
    SlotSink(std::size_t slots, std::size_t mtu, const std::function<void(Packet)>& out);
    SendSlot* Acquire() override;
    void Send(SendSlot* slot, std::size_t length, const IpAddress&) override;
    void Release(SendSlot*) override { ++free_; }
    void PostWhenFree(Runnable& waiter) override { waiters_.push_back(waiter); }
    Stats stats() const override { return {}; }
    /// True when somebody waited for that.
    bool FreeAll(EventLoop& loop);

   private:
    std::size_t free_;
    const std::size_t slots_;
    Packet buffer_;
    const std::function<void(Packet)>& out_;
    SendSlot slot_;
    boost::intrusive::list<Runnable, boost::intrusive::constant_time_size<false>> waiters_;
  };

  class KeepAddresses final : public AddressAllocator {
   public:
    std::optional<Endpoint> Claim(const AddressClaim& claim, const StateOf&) override {
      return claim.client;
    }
    void Release(const Endpoint&, const Endpoint&) override {}
  };

  // Driver.
  void Watch(int, ReadableHandler&) override {}
  void Unwatch(int) override {}
  void WatchWritable(int, WritableHandler&) override {}
  void UnwatchWritable(int) override {}
  void Wait(Instant until) override;

  const Setup setup_;
  VirtualClock clock_;
  BlockPool blocks_;
  Ledger ledger_;
  const IsnGenerator isn_;
  const TargetMap targets_;
  KeepAddresses addresses_;
  EventLoop loop_;
  SlotSink sink_;
  Dispatcher dispatcher_;
  std::uint64_t captured_ = 0;
};

}  // namespace tcpcopy::sim
