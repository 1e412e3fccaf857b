#include "src/io/reply_twins.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "netstack/base/prng.h"
#include "netstack/wire/ip_protocol.h"
#include "netstack/wire/link.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kMostBytes = 120;  // IPv4 and TCP with all their options
constexpr std::size_t kPlainBytes = 40;  // without options

/// The bytes that tell one packet from another: IP and TCP or UDP headers, and what payload is
/// among the first ones. Not what depends on where it was seen: padding, and how much the capture
/// kept.
ConstBytes Front(ConstBytes packet) {
  constexpr std::size_t kLengthsEnd = 6;
  constexpr std::size_t kV6HeaderBytes = 40;
  if (packet.size() < kLengthsEnd) return packet;
  const bool v4 = packet[0] >> 4 == 4;
  const std::size_t told = LoadBe16(packet.data() + (v4 ? 2 : 4));
  // Zero stands for more than 16 bits can tell.
  const std::size_t length = told == 0 ? packet.size() : told + (v4 ? 0 : kV6HeaderBytes);
  return packet.first(std::min({length, packet.size(), kMostBytes}));
}

/// Leaves out what changes on the way through a host: the TTL, and checksums, which forwarding,
/// address translation and offload write anew.
void LeaveOutWhatChanges(MutableBytes front) {
  const auto clear = [&](std::size_t at, std::size_t count) {
    if (at < front.size()) std::fill_n(&front[at], std::min(count, front.size() - at), 0);
  };
  constexpr std::size_t kV6HeaderBytes = 40;
  if (front.size() < kV6HeaderBytes / 2) return;
  const bool v4 = front[0] >> 4 == 4;
  const std::uint8_t protocol = front[v4 ? 9 : 6];
  const std::size_t transport_at = v4 ? std::size_t{front[0]} % 16 * 4 : kV6HeaderBytes;
  clear(v4 ? 8 : 7, 1);
  if (v4) clear(10, 2);
  clear(transport_at + (protocol == kIpProtocolUdp ? 6 : 16), 2);
}

/// The interface that saw `packet`; files tell it only in the frames of some captures of all.
std::uint32_t InterfaceOf(const CapturedPacket& packet) {
  constexpr std::size_t kIndexAt = 4;
  if (packet.interface != 0 || packet.link != LinkType::kLinuxSll2) return packet.interface;
  return packet.bytes.size() < kIndexAt + 4 ? 0 : LoadBe32(packet.bytes.data() + kIndexAt);
}

/// However the two times follow each other; never more than a Duration holds.
Duration Apart(Duration a, Duration b) { return a > b ? a - b : b - a; }

std::uint64_t With(std::uint64_t hash, std::uint64_t word) {
  return std::rotl((hash ^ word) * 0x9e3779b97f4a7c15ULL, 29);
}

/// Of TCP in IPv4 without options, as nearly all replies are. Read where it lies: of the words that
/// hold what changes, the rest.
std::uint64_t PlainIdentityOf(ConstBytes front) {
  constexpr bool kLittle = std::endian::native == std::endian::little;
  constexpr std::uint64_t kTtlAndChecksum = kLittle ? 0x00000000FFFF00FFULL : 0xFF00FFFF00000000ULL;
  constexpr std::uint64_t kChecksum = kLittle ? 0x0000FFFF00000000ULL : 0x00000000FFFF0000ULL;
  const std::uint8_t* const p = front.data();
  std::uint64_t hash = With(front.size(), LoadWord(p));
  hash = With(hash, LoadWord(p + 8) & ~kTtlAndChecksum);
  hash = With(hash, LoadWord(p + 16));
  hash = With(hash, LoadWord(p + 24));
  hash = With(hash, LoadWord(p + 32) & ~kChecksum);
  std::size_t at = kPlainBytes;
  for (; at + 8 <= front.size(); at += 8) hash = With(hash, LoadWord(p + at));
  if (const std::size_t left = 8 * (front.size() - at); left > 0) {  // bits
    const std::uint64_t last = LoadWord(p + front.size() - 8);  // and some that were taken already
    hash = With(hash, kLittle ? last >> (64 - left) : last << (64 - left));
  }
  return Prng::Mix(hash);
}

std::uint64_t IdentityOf(ConstBytes packet) {
  const ConstBytes front = Front(packet);
  if (front.size() >= kPlainBytes && front[0] == 0x45 && front[9] == kIpProtocolTcp) {
    return PlainIdentityOf(front);
  }
  std::array<std::uint8_t, kMostBytes> bytes;
  static_assert(kMostBytes % 8 == 0);
  const std::size_t whole = (front.size() + 7) / 8 * 8;
  if (whole > 0) StoreWord(bytes.data() + whole - 8, 0);  // what is behind the last byte
  std::copy_n(front.data(), front.size(), bytes.data());
  LeaveOutWhatChanges(MutableBytes(bytes).first(front.size()));
  std::uint64_t hash = front.size();
  for (std::size_t at = 0; at < whole; at += 8) hash = With(hash, LoadWord(bytes.data() + at));
  return Prng::Mix(hash);
}

}  // namespace

/// That of the packet with this hash, or an empty one that it takes.
ReplyTwins::Entry& ReplyTwins::Find(std::uint64_t hash, Duration captured_at) {
  const std::size_t number = hash % sets_.size();
  Set& set = sets_[number];
  const auto known = std::ranges::find(set.hashes, hash);
  const bool is_new = known == set.hashes.end();
  const std::size_t way =
      is_new ? turns_[number]++ % kWays : static_cast<std::size_t>(known - set.hashes.begin());
  Entry& entry = entries_[number * kWays + way];
  // The host's clock may be set back: what was seen later than now is as old.
  if (is_new || Apart(captured_at, entry.last) > kWindow) entry = {};
  set.hashes[way] = hash;
  entry.last = captured_at;
  return entry;
}

bool ReplyTwins::Contains(ConstBytes packet, std::uint32_t interface, Duration captured_at) {
  if (interface == 0) return false;
  const std::uint64_t hash = IdentityOf(packet);
  if (!HasSeveral()) {
    if (first_interface_ == 0) first_interface_ = interface;
    if (interface == first_interface_) {
      kept_[kept_count_++ % kEntries] = {hash, captured_at};
      return false;
    }
    EnterKept();
  }
  return Enter(hash, interface, captured_at);
}

void ReplyTwins::EnterKept() {
  sets_.resize(kEntries / kWays);
  turns_.resize(kEntries / kWays);
  entries_.resize(kEntries);
  const std::uint64_t oldest = kept_count_ > kEntries ? kept_count_ - kEntries : 0;
  for (std::uint64_t i = oldest; i < kept_count_; ++i) {
    const Kept& kept = kept_[i % kEntries];
    Enter(kept.hash, first_interface_, kept.captured_at);
  }
  kept_ = {};
}

bool ReplyTwins::Enter(std::uint64_t hash, std::uint32_t interface, Duration captured_at) {
  Entry& entry = Find(hash, captured_at);
  const auto seen_here = [&](const Views& views) {
    return views.interface == interface || views.interface == 0;
  };
  const auto views = std::find_if(entry.views.begin(), entry.views.end(), seen_here);
  if (views == entry.views.end()) return false;
  views->interface = interface;
  if (++views->count <= entry.passed) return true;
  ++entry.passed;
  return false;
}

bool ReplyTwins::Contains(const CapturedPacket& packet) {
  const std::uint32_t interface = InterfaceOf(packet);
  if (interface == 0) return false;
  const auto link = StripLink({packet.link, packet.bytes, packet.wire_length});
  return link && Contains(link->packet, interface, packet.captured_at);
}

}  // namespace tcpcopy
