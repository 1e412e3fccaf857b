#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "netstack/base/bytes.h"
#include "netstack/base/time.h"
#include "src/io/packet_source.h"

namespace tcpcopy {

/// Knows a reply (or a client's datagram) that was captured already, on another interface: of one
/// packet a capture of all interfaces sees the bond's and its slave's view, the bridge's and its
/// port's, the VLAN's and the cable's, and of a packet that is forwarded both interfaces'. To TCP
/// such twins would be duplicate ACKs.
///
/// What the target really sent twice (a duplicate ACK without SACK or timestamps is the same bytes)
/// passes: it comes a second time over the same interface. So of equal packets as many are let
/// through as the interface that saw the most of them did, whichever sees them first.
///
/// While all packets come over one interface, as on most hosts, they are only kept in their order,
/// and looked through when the first one comes over another.
///
/// Bounded: a table of `kEntries`, `kWays` of which are open to a packet by its hash; it takes the
/// place of the oldest. A twin that is forgotten so passes. (One way is not enough: two interfaces
/// are read in turn, so hundreds of packets lie between twins.)
class ReplyTwins {
 public:
  static constexpr std::size_t kEntries = 2048;
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kInterfaces = 6;  // more views of one packet pass as new
  /// Twins are made while one packet goes up through the kernel: microseconds lie between them.
  static constexpr Duration kWindow = std::chrono::milliseconds(100);

  ReplyTwins() : kept_(kEntries) {}

  /// Whether `packet`, from its IP header on and cut or padded as it may be, was captured before on
  /// another interface than `interface` (its index; 0 when not known: then it never was).
  bool Contains(ConstBytes packet, std::uint32_t interface, Duration captured_at);
  /// The same for `packet` with what lies around its IP packet.
  bool Contains(const CapturedPacket& packet);

 private:
  struct Views {
    std::uint32_t interface = 0;
    std::uint32_t count = 0;
  };
  /// What is looked through for each packet: one cache line.
  struct alignas(kWays * sizeof(std::uint64_t)) Set {
    std::array<std::uint64_t, kWays> hashes{};
  };
  struct Entry {
    Duration last{0};
    std::uint32_t passed = 0;
    std::array<Views, kInterfaces> views{};
  };

  struct Kept {
    std::uint64_t hash = 0;
    Duration captured_at{0};
  };

  bool HasSeveral() const { return kept_.empty(); }
  /// `Contains` of a packet with this hash, where there are several interfaces.
  bool Enter(std::uint64_t hash, std::uint32_t interface, Duration captured_at);
  /// Makes the table, of what was kept.
  void EnterKept();
  Entry& Find(std::uint64_t hash, Duration captured_at);

  std::uint32_t first_interface_ = 0;  // by which all packets came, until there are several
  std::vector<Kept> kept_;             // a ring of the last kEntries packets, until then
  std::uint64_t kept_count_ = 0;
  // The table, from then on.
  std::vector<Set> sets_;
  std::vector<std::uint8_t> turns_;  // of each set the way that its next new packet takes
  std::vector<Entry> entries_;       // kWays for each set
};

}  // namespace tcpcopy
