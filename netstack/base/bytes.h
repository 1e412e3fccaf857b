#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace tcpcopy {

/// Non-owning bytes; valid as long as the buffer that they point into.
using ConstBytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

// Network-order accessors. They go byte by byte because captured headers are not aligned, and
// because casts to wider types break strict aliasing; compilers make single loads and stores of
// them.

constexpr std::uint16_t LoadBe16(const std::uint8_t* p) {
  return static_cast<std::uint16_t>((p[0] << 8) | p[1]);
}

constexpr std::uint32_t LoadBe32(const std::uint8_t* p) {
  return (std::uint32_t{p[0]} << 24) | (std::uint32_t{p[1]} << 16) | (std::uint32_t{p[2]} << 8) |
         std::uint32_t{p[3]};
}

constexpr void StoreBe16(std::uint8_t* p, std::uint16_t value) {
  p[0] = static_cast<std::uint8_t>(value >> 8);
  p[1] = static_cast<std::uint8_t>(value);
}

constexpr void StoreBe32(std::uint8_t* p, std::uint32_t value) {
  p[0] = static_cast<std::uint8_t>(value >> 24);
  p[1] = static_cast<std::uint8_t>(value >> 16);
  p[2] = static_cast<std::uint8_t>(value >> 8);
  p[3] = static_cast<std::uint8_t>(value);
}

/// Places, up to the end of the shorter one, at which `a` and `b` differ.
inline std::size_t CountDifferent(ConstBytes a, ConstBytes b) {
  const std::size_t length = a.size() < b.size() ? a.size() : b.size();
  if (length == 0 || std::memcmp(a.data(), b.data(), length) == 0) return 0;
  std::size_t different = 0;
  for (std::size_t i = 0; i < length; ++i) different += a[i] != b[i] ? 1 : 0;
  return different;
}

}  // namespace tcpcopy
