#pragma once

#include <cstdint>

namespace tcpcopy {

/// A TCP sequence number: a point on a circle of 2^32 (RFC 9293 3.4). Comparison is "within half
/// the circle" and therefore no strict weak order: never a key of a sorted container.
class SeqNum {
 public:
  constexpr SeqNum() = default;
  explicit constexpr SeqNum(std::uint32_t raw) : raw_(raw) {}

  constexpr std::uint32_t raw() const { return raw_; }

  constexpr SeqNum operator+(std::uint32_t n) const { return SeqNum(raw_ + n); }
  constexpr SeqNum operator-(std::uint32_t n) const { return SeqNum(raw_ - n); }
  constexpr SeqNum& operator+=(std::uint32_t n) {
    raw_ += n;
    return *this;
  }

  /// Signed distance from `other` to this one, in (-2^31 .. 2^31-1).
  constexpr std::int32_t operator-(SeqNum other) const {
    return static_cast<std::int32_t>(raw_ - other.raw_);
  }

  constexpr bool operator==(const SeqNum&) const = default;
  constexpr bool operator<(SeqNum other) const { return *this - other < 0; }
  constexpr bool operator<=(SeqNum other) const { return *this - other <= 0; }
  constexpr bool operator>(SeqNum other) const { return *this - other > 0; }
  constexpr bool operator>=(SeqNum other) const { return *this - other >= 0; }

  /// True when this lies in [first, first + size).
  constexpr bool InWindow(SeqNum first, std::uint32_t size) const {
    return raw_ - first.raw_ < size;
  }

 private:
  std::uint32_t raw_ = 0;
};

}  // namespace tcpcopy
