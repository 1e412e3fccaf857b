#pragma once

#include <cstdint>

namespace tcpcopy {

/// The timestamps (RFC 7323 3) of a stream's segments along its bytes. Tells segments of 2^32 bytes
/// ago, whose sequence numbers have come round, from such as are merely captured late; it needs no
/// assumption on how fast the client's timestamp clock ticks. A value.
class StreamClock {
 public:
  /// No window is larger (RFC 7323 2.3), so no segment lies further from the stream's edge.
  static constexpr std::uint64_t kWindow = 1U << 30;

  /// A segment with timestamp `value` arrived in order, `position` bytes into the stream. A value
  /// from before all that `Predates` knows begins a new count: the client's clock was set back.
  void Note(std::uint32_t value, std::uint64_t position) {
    const auto stride = static_cast<std::uint32_t>(position / kWindow);
    if (!known_ || Before(value, floor_)) {
      known_ = true;
      newest_ = mark_ = floor_ = value;
      stride_ = stride;
      return;
    }
    if (Before(newest_, value)) newest_ = value;
    if (stride > stride_) {
      floor_ = mark_;
      mark_ = newest_;
      stride_ = stride;
    }
    // However slow the stream, the floor stays far from where the comparison turns over.
    if (newest_ - floor_ > kMaxAge) floor_ = newest_ - kMaxAge;
    if (Before(mark_, floor_)) mark_ = floor_;
  }

  /// True when `value` is older than the stream, or was sent when its edge was more than a window
  /// behind where it is now: no byte that is new can bear it.
  bool Predates(std::uint32_t value) const { return known_ && Before(value, floor_); }

 private:
  static constexpr std::uint32_t kMaxAge = 1U << 30;

  static bool Before(std::uint32_t a, std::uint32_t b) {
    return static_cast<std::int32_t>(a - b) < 0;
  }

  bool known_ = false;
  std::uint32_t newest_ = 0;
  std::uint32_t mark_ = 0;    // when the edge came to `stride_`
  std::uint32_t floor_ = 0;   // when it came to the stride before
  std::uint32_t stride_ = 0;  // windows that the edge has left behind
};

}  // namespace tcpcopy
