#include "src/io/reply_twins.h"

#include <algorithm>
#include <functional>
#include <string_view>

namespace tcpcopy {
namespace {

/// The bytes that tell one reply from another: the IP and TCP headers, and what payload is among
/// the first ones. Not what depends on the interface: padding, and how much the capture kept.
ConstBytes Identity(ConstBytes packet) {
  constexpr std::size_t kMostBytes = 120;  // IPv4 and TCP with all their options
  constexpr std::size_t kLengthsEnd = 6;
  constexpr std::size_t kV6HeaderBytes = 40;
  if (packet.size() < kLengthsEnd) return packet;
  const bool v4 = packet[0] >> 4 == 4;
  const std::size_t told = LoadBe16(packet.data() + (v4 ? 2 : 4));
  // Zero stands for more than 16 bits can tell.
  const std::size_t length = told == 0 ? packet.size() : told + (v4 ? 0 : kV6HeaderBytes);
  return packet.first(std::min({length, packet.size(), kMostBytes}));
}

std::uint64_t HashOf(ConstBytes bytes) {
  return std::hash<std::string_view>{}(
      {static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()});
}

}  // namespace

bool ReplyTwins::Contains(ConstBytes packet, std::uint32_t interface, Duration captured_at) {
  if (interface == 0) return false;
  const std::uint64_t hash = HashOf(Identity(packet));
  Entry& entry = entries_[hash % kEntries];
  if (entry.hash != hash || captured_at - entry.last > kWindow) entry = {.hash = hash};
  entry.last = captured_at;
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

}  // namespace tcpcopy
