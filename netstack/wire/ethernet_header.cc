#include "netstack/wire/ethernet_header.h"

#include <algorithm>

namespace tcpcopy {
namespace {

constexpr std::uint16_t kIpv4 = 0x0800;
constexpr std::uint16_t kIpv6 = 0x86dd;
constexpr std::uint16_t kVlan = 0x8100;

}  // namespace

std::size_t EthernetHeader::Write(IpFamily packet, MutableBytes out) const {
  std::uint8_t* p = out.data();
  p = std::ranges::copy(destination.bytes, p).out;
  p = std::ranges::copy(source.bytes, p).out;
  if (vlan) {
    StoreBe16(p, kVlan);
    StoreBe16(p + 2, static_cast<std::uint16_t>(vlan->priority << 13 | vlan->id));
    p += 4;
  }
  StoreBe16(p, packet == IpFamily::kV4 ? kIpv4 : kIpv6);
  return static_cast<std::size_t>(p + 2 - out.data());
}

}  // namespace tcpcopy
