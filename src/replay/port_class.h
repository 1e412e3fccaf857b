#pragma once

#include <cstdint>

namespace tcpcopy {

/// The clients whose sessions one of N workers replays (--workers), and the ports that it replays
/// them from. Told by the port's number alone, so that what clients send and what targets answer
/// comes to the same worker without anybody asking another: of a packet of a client its source
/// port counts, of a reply its destination port.
///
/// A hash, because ports are seldom dealt out evenly: Linux takes even ones for `connect`, and
/// instances (-f) have each N-th. It is simple enough for a kernel's packet filter.
class PortClass {
 public:
  static constexpr std::uint32_t kMost = 64;
  static constexpr std::uint32_t kMultiplier = 2'654'435'769;  // 2^32 / the golden ratio
  static constexpr std::uint32_t kShift = 16;

  /// All ports.
  PortClass() = default;
  /// Class `number` of `count`, 0 <= number < count <= kMost.
  PortClass(std::uint32_t number, std::uint32_t count);

  bool Contains(std::uint16_t port) const { return Of(port, count_) == number_; }
  bool IsAll() const { return count_ == 1; }
  bool IsFirst() const { return number_ == 0; }
  std::uint32_t number() const { return number_; }
  std::uint32_t count() const { return count_; }

  /// The number of the class, of `count`, that `port` is of.
  static constexpr std::uint32_t Of(std::uint16_t port, std::uint32_t count) {
    return (port * kMultiplier >> kShift) % count;
  }

 private:
  std::uint32_t number_ = 0;
  std::uint32_t count_ = 1;
};

}  // namespace tcpcopy
