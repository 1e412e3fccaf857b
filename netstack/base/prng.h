#pragma once

#include <cstdint>
#include <string_view>

namespace tcpcopy {

__extension__ using Uint128 = unsigned __int128;

/// A small seedable generator (SplitMix64). Not for secrets. Equal seeds give equal sequences on
/// every machine, which the simulator depends on; `Fork` gives each component a sequence of its
/// own, so that one more draw in one of them does not shift all the others.
class Prng {
 public:
  explicit constexpr Prng(std::uint64_t seed) : state_(seed) {}

  constexpr std::uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    return Mix(state_);
  }

  /// Uniform in [0, bound); `bound` > 0.
  constexpr std::uint64_t Below(std::uint64_t bound) {
    return static_cast<std::uint64_t>((static_cast<Uint128>(Next()) * bound) >> 64);
  }

  /// A generator for the component named `label`, independent of later draws from this one.
  constexpr Prng Fork(std::string_view label) const {
    std::uint64_t hash = state_ ^ 0xcbf29ce484222325ULL;
    for (const char c : label) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return Prng(Mix(hash));
  }

  /// The finalizer alone: a good 64-bit mixing function for hashes.
  static constexpr std::uint64_t Mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

  /// A product of 128 bits, folded: mixes two words in a third of the time of `Mix`. As good only
  /// where neither word is known to who chooses the other.
  static constexpr std::uint64_t Fold(std::uint64_t a, std::uint64_t b) {
    const Uint128 product = static_cast<Uint128>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }

 private:
  std::uint64_t state_;
};

}  // namespace tcpcopy
