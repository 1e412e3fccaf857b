#include "src/replay/client_shift.h"

#include "netstack/base/bytes.h"

namespace tcpcopy {
namespace {

// What hosts can have: 1/8 to 126/8, and 128/8 to 223/8.
constexpr std::uint32_t kFirst = 0x01000000;
constexpr std::uint32_t kLoopback = 0x7F000000;
constexpr std::uint32_t kBehindLoopback = 0x80000000;
constexpr std::uint32_t kMulticast = 0xE0000000;
constexpr std::uint32_t kBelow = kLoopback - kFirst;
constexpr std::uint32_t kCount = kBelow + (kMulticast - kBehindLoopback);

/// The place of `address` among them; `kCount` when it is none.
std::uint32_t PlaceOf(std::uint32_t address) {
  if (address >= kFirst && address < kLoopback) return address - kFirst;
  if (address >= kBehindLoopback && address < kMulticast) return kBelow + address - kBehindLoopback;
  return kCount;
}

std::uint32_t AddressAt(std::uint32_t place) {
  return place < kBelow ? kFirst + place : kBehindLoopback + (place - kBelow);
}

}  // namespace

std::uint64_t ClientShift::Within(std::uint64_t modulus, const AddressClaim& claim) const {
  // Never beyond 64 bits: 2^36 places times 2^10 copies, or 2^24 addresses.
  constexpr std::uint64_t kMostPlaces = std::uint64_t{1} << 36;
  const std::uint64_t place =
      (claim.round % kMostPlaces * std::uint64_t{copies} + claim.copy) % kMostPlaces;
  return place * step % modulus;
}

IpAddress ClientShift::Of(const AddressClaim& claim) const {
  const IpAddress& client = claim.client.address;
  if (client.IsV4()) {
    const std::uint32_t place = PlaceOf(client.v4());
    if (place == kCount) return client;
    return IpAddress::V4(
        AddressAt(static_cast<std::uint32_t>((place + Within(kCount, claim)) % kCount)));
  }
  return client.Behind(Within(std::uint64_t{1} << 60, claim));
}

}  // namespace tcpcopy
