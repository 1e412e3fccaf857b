#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace tcpcopy {

/// Non-owning bytes; valid as long as the buffer that they point into.
using ConstBytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

/// `value` in network order when it is in the machine's, and the other way around.
constexpr std::uint16_t SwapFromBe(std::uint16_t value) {
  return std::endian::native == std::endian::big ? value : __builtin_bswap16(value);
}
constexpr std::uint32_t SwapFromBe(std::uint32_t value) {
  return std::endian::native == std::endian::big ? value : __builtin_bswap32(value);
}

// Network-order accessors. By memcpy because captured headers are not aligned, and because casts to
// wider types break strict aliasing; compilers make single loads and stores of it. (Of single bytes
// they do so only where nothing else is done with the value.)

template <typename Word>
constexpr Word LoadBe(const std::uint8_t* p) {
  if (std::is_constant_evaluated()) {
    std::array<std::uint8_t, sizeof(Word)> bytes{};
    for (std::size_t i = 0; i < sizeof(Word); ++i) bytes[i] = p[i];
    return SwapFromBe(std::bit_cast<Word>(bytes));
  }
  Word word;
  std::memcpy(&word, p, sizeof word);
  return SwapFromBe(word);
}

template <typename Word>
constexpr void StoreBe(std::uint8_t* p, Word value) {
  const Word word = SwapFromBe(value);
  if (std::is_constant_evaluated()) {
    const auto bytes = std::bit_cast<std::array<std::uint8_t, sizeof(Word)>>(word);
    for (std::size_t i = 0; i < sizeof(Word); ++i) p[i] = bytes[i];
  } else {
    std::memcpy(p, &word, sizeof word);
  }
}

constexpr std::uint16_t LoadBe16(const std::uint8_t* p) { return LoadBe<std::uint16_t>(p); }
constexpr std::uint32_t LoadBe32(const std::uint8_t* p) { return LoadBe<std::uint32_t>(p); }
constexpr void StoreBe16(std::uint8_t* p, std::uint16_t value) { StoreBe(p, value); }
constexpr void StoreBe32(std::uint8_t* p, std::uint32_t value) { StoreBe(p, value); }

// Eight bytes as the machine reads them, at any alignment: for what does not care about their
// order.

inline std::uint64_t LoadWord(const std::uint8_t* p) {
  std::uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

inline void StoreWord(std::uint8_t* p, std::uint64_t word) { std::memcpy(p, &word, sizeof word); }

/// Places, up to the end of the shorter one, at which `a` and `b` differ.
inline std::size_t CountDifferent(ConstBytes a, ConstBytes b) {
  const std::size_t length = a.size() < b.size() ? a.size() : b.size();
  if (length == 0 || std::memcmp(a.data(), b.data(), length) == 0) return 0;
  std::size_t different = 0;
  for (std::size_t i = 0; i < length; ++i) different += a[i] != b[i] ? 1 : 0;
  return different;
}

}  // namespace tcpcopy
