#include "netstack/wire/ip_fragment.h"

#include <algorithm>

#include "netstack/wire/ip_protocol.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kV4HeaderBytes = 20;
constexpr std::size_t kV6HeaderBytes = 40;
constexpr std::size_t kFragmentHeaderBytes = 8;
constexpr std::size_t kUnit = 8;  // offsets count these
constexpr std::uint16_t kMoreFragments = 0x2000;
constexpr std::uint16_t kOffsetMask = 0x1fff;

std::optional<IpFragment> ReadV4(ConstBytes packet) {
  if (packet.size() < kV4HeaderBytes) return std::nullopt;
  const std::size_t header = (packet[0] & 0x0fU) * std::size_t{4};
  const std::size_t total = LoadBe16(packet.data() + 2);
  const std::uint16_t place = LoadBe16(packet.data() + 6);
  if (header < kV4HeaderBytes || total <= header || packet.size() < header) return std::nullopt;
  if ((place & (kMoreFragments | kOffsetMask)) == 0) return std::nullopt;
  IpFragment fragment;
  fragment.key = {IpAddress::FromBytes(packet.subspan(12, 4)),
                  IpAddress::FromBytes(packet.subspan(16, 4)), LoadBe16(packet.data() + 4),
                  packet[9]};
  fragment.offset = (place & kOffsetMask) * static_cast<std::uint32_t>(kUnit);
  fragment.more = (place & kMoreFragments) != 0;
  fragment.header = packet.first(header);
  fragment.protocol = packet[9];
  fragment.payload_length = total - header;
  fragment.payload = packet.subspan(header, std::min(total, packet.size()) - header);
  return fragment;
}

std::optional<IpFragment> ReadV6(ConstBytes packet) {
  if (packet.size() < kV6HeaderBytes) return std::nullopt;
  const std::size_t total = kV6HeaderBytes + LoadBe16(packet.data() + 4);
  const std::size_t captured = std::min(total, packet.size());
  std::size_t at = kV6HeaderBytes;
  std::size_t named_at = 6;
  while (packet[named_at] != kIpProtocolFragment) {
    const std::uint8_t kind = packet[named_at];
    const bool walked = kind == kIpProtocolHopByHop || kind == kIpProtocolRouting ||
                        kind == kIpProtocolDestinationOptions;
    if (!walked || at + kUnit > captured) return std::nullopt;
    named_at = at;
    at += (std::size_t{packet[at + 1]} + 1) * kUnit;
  }
  const std::size_t begin = at + kFragmentHeaderBytes;
  if (begin >= total || begin > captured) return std::nullopt;
  const std::uint16_t place = LoadBe16(packet.data() + at + 2);
  IpFragment fragment;
  fragment.key = {IpAddress::FromBytes(packet.subspan(8, 16)),
                  IpAddress::FromBytes(packet.subspan(24, 16)), LoadBe32(packet.data() + at + 4),
                  0};
  fragment.offset = place & ~std::uint32_t{kUnit - 1};
  fragment.more = (place & 1U) != 0;
  fragment.header = packet.first(at);
  fragment.next_header_at = named_at;
  fragment.next_header = packet[at];
  fragment.protocol = packet[at];
  fragment.payload_length = total - begin;
  fragment.payload = packet.subspan(begin, captured - begin);
  return fragment;
}

}  // namespace

std::optional<IpFragment> IpFragment::ReadCut(ConstBytes packet) {
  if (packet.empty()) return std::nullopt;
  std::optional<IpFragment> fragment;
  if (packet[0] >> 4 == 4) fragment = ReadV4(packet);
  if (packet[0] >> 4 == 6) fragment = ReadV6(packet);
  // All pieces but the last are whole units, and no packet is longer than its length field can
  // tell.
  if (!fragment || (fragment->more && fragment->payload_length % kUnit != 0) ||
      fragment->offset + fragment->payload_length > 65535) {
    return std::nullopt;
  }
  return fragment;
}

std::optional<IpFragment> IpFragment::Read(ConstBytes packet) {
  std::optional<IpFragment> fragment = ReadCut(packet);
  if (!fragment || fragment->payload.size() < fragment->payload_length) return std::nullopt;
  return fragment;
}

}  // namespace tcpcopy
