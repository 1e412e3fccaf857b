#include "src/replay/port_share.h"

#include <bit>

#include "netstack/base/check.h"

namespace tcpcopy {
namespace {

/// Elias' gamma code, read from the low end: a number with z zeros at its low end, its lowest one,
/// and z more bits, which tell one of the 2^z instances that have such a code. No code is the
/// beginning of another, so no two instances share a number.
std::uint32_t InstanceOf(std::uint32_t bits) {
  const int zeros = std::countr_zero(bits);
  const std::uint32_t size = std::uint32_t{1} << zeros;
  const std::uint32_t place = (bits >> (zeros + 1)) & (size - 1);
  return size - 1 + place;
}

}  // namespace

PortShare PortShare::OneOf(std::uint32_t number, std::uint32_t count) {
  TCPCOPY_CHECK(number < count && count <= kInstances);
  return {Kind::kOneOf, number, count};
}

PortShare PortShare::Numbered(std::uint32_t number) {
  TCPCOPY_CHECK(number < kInstances);
  return {Kind::kNumbered, number, kInstances};
}

PortShare PortShare::Within(const PortClass& ports) const {
  PortShare part = *this;
  part.class_ = ports;
  return part;
}

bool PortShare::Contains(std::uint16_t port) const {
  return class_.Contains(port) && HasPort(port);
}

bool PortShare::IsEmpty() const {
  for (std::uint32_t port = kFirstPort; port < 65536; ++port) {
    if (Contains(static_cast<std::uint16_t>(port))) return false;
  }
  return true;
}

bool PortShare::HasPort(std::uint16_t port) const {
  switch (kind_) {
    case Kind::kAll:
      return true;
    case Kind::kOneOf:
      return port % count_ == number_;
    case Kind::kNumbered:
      break;
  }
  const std::uint32_t half = port / 2U;
  // One half of the ports is dealt out evenly, the other by the code.
  if (port % 2 == 0) return half % kInstances == number_;
  return half != 0 && InstanceOf(half) == number_;
}

}  // namespace tcpcopy
