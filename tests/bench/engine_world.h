#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "src/replay/dispatcher.h"
#include "src/replay/pooled_addresses.h"
#include "src/runtime/clock.h"
#include "tests/runtime/idle_driver.h"

namespace tcpcopy::bench {

/// A captured packet of which all but a few numbers is written beforehand, so that the bench costs
/// little beside what it measures.
class PacketTemplate {
 public:
  PacketTemplate() = default;
  /// `link`: bytes in front of the IP header; `text`: bytes of payload; `timestamps`: also in what
  /// is no SYN, which has all options that Linux sends.
  PacketTemplate(ConstBytes link, std::uint8_t flags, std::size_t text);

  struct Numbers {
    Endpoint from;
    Endpoint to;
    std::uint32_t seq = 0;
    std::uint32_t ack = 0;
    std::uint32_t timestamp = 0;
    std::uint32_t echo = 0;
  };
  /// The packet with these numbers; valid until the next call. Checksums are not filled in: who
  /// reads captures does not look at them.
  ConstBytes With(const Numbers& numbers);

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t ip_at_ = 0;
  std::size_t timestamps_at_ = 0;
};

/// The replay engine between clients and a target that are nothing but prebuilt packets: no kernel,
/// no clock, no other work than the engine's. One a thread.
class EngineWorld {
 public:
  enum class Closer { kTarget, kClient };
  struct Options {
    std::uint64_t at_once = 400;            // sessions that go through their life together
    Closer closer = Closer::kTarget;        // who sends its FIN first
    bool idle = false;                      // sessions are opened and stay; see `OpenIdle`
    bool harness_only = false;              // in the engine's place stands what answers by rote
    std::uint64_t most_sessions = 200'000;  // at once
  };

  explicit EngineWorld(const Options& options);
  ~EngineWorld();

  /// Plays so many short HTTP connections from SYN to the last ACK; those that wait for their
  /// 4-tuple to be free do so in virtual time.
  void Run(std::uint64_t sessions);
  /// Opens so many connections that stay open, each with one request and its answer.
  void OpenIdle(std::uint64_t sessions);

  std::uint64_t packets_sent() const;
  std::uint64_t packets_captured() const { return captured_; }
  std::uint64_t replies() const;
  const Ledger& ledger() const { return ledger_; }

 private:
  class Wire;
  class Rote;

  enum Kind { kSyn, kHandshake, kRequest, kAck, kFin, kLastAck, kKinds };

  void Capture(Kind kind, std::uint64_t client);
  void CaptureOfEach(std::initializer_list<Kind> kinds, std::uint64_t first, std::uint64_t count);
  void RunUntilQuiet();

  const Options options_;
  VirtualClock clock_;
  BlockPool blocks_{64U << 20};
  Ledger ledger_;
  ReplayPolicy policy_;
  IsnGenerator isn_{7};
  TargetMap targets_;
  std::unique_ptr<AddressAllocator> addresses_;
  std::unique_ptr<Wire> wire_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<Rote> rote_;
  PacketHandler* clients_ = nullptr;
  std::array<PacketTemplate, kKinds> templates_;
  std::uint64_t clients_so_far_ = 0;
  std::uint64_t captured_ = 0;
};

}  // namespace tcpcopy::bench
