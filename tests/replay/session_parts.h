#pragma once

#include "src/replay/session.h"
#include "src/runtime/clock.h"
#include "tests/runtime/idle_driver.h"

namespace tcpcopy::testing {

/// What a Session needs to exist, for tests of those who only hold sessions: time stands still,
/// nothing is sent, and its owner is told to nobody.
class SessionParts {
 public:
  /// The captured side of the `number`th client.
  static ClientFlow Captured(std::uint16_t number) {
    return {{{IpAddress::V4(0xC0000201), static_cast<std::uint16_t>(40000 + number)},
             {IpAddress::V4(0xC6336401), 80}}};
  }
  /// A 4-tuple towards the target, from local port `port`.
  static FlowKey Replayed(std::uint16_t port) {
    return {{IpAddress::V4(0x0A000001), port}, {IpAddress::V4(0x0A000002), 8080}};
  }
  static TcpSegment Syn() {
    TcpSegment syn;
    syn.seq = SeqNum(1000);
    syn.flags = TcpFlags{TcpFlags::kSyn};
    return syn;
  }

  Ledger& ledger() { return ledger_; }
  BlockPool& blocks() { return blocks_; }
  SessionContext& context() { return context_; }
  EventLoop& loop() { return loop_; }
  int engaged() const { return owner_.engaged; }

 private:
  struct FullSink final : PacketSink {
    SendSlot* Acquire() override { return nullptr; }
    void Send(SendSlot*, std::size_t, const IpAddress&) override {}
    void Release(SendSlot*) override {}
    void PostWhenFree(Runnable&) override {}
    Stats stats() const override { return {}; }
  };
  struct Owner final : SessionOwner {
    void OnSessionOver(Session&) override {}
    void OnEngagedChange(int change) override { engaged += change; }
    void OnSessionFinished(const Session&, const SessionTotals&) override {}
    int engaged = 0;
  };

  VirtualClock clock_;
  testing::IdleDriver driver_;
  EventLoop loop_{clock_, driver_};
  FullSink sink_;
  BlockPool blocks_{1U << 20};
  TcpMemory tcp_memory_{blocks_};
  StreamMemory stream_memory_{blocks_};
  Ledger ledger_;
  ReplayPolicy policy_;
  IsnGenerator isn_{7};
  Owner owner_;
  SessionContext context_{loop_,          sink_,   tcp_memory_,
                          stream_memory_, ledger_, policy_,
                          isn_,           owner_,  AnswerHabit(AnswerGate::kMaxQuiet)};
};

}  // namespace tcpcopy::testing
