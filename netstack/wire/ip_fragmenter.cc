#include "netstack/wire/ip_fragmenter.h"

#include <algorithm>

#include "netstack/base/check.h"
#include "netstack/wire/checksum.h"
#include "netstack/wire/ip_protocol.h"
#include "netstack/wire/ipv4_view.h"
#include "netstack/wire/ipv6_view.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kUnit = 8;  // offsets count these
constexpr std::size_t kFragmentHeaderBytes = 8;
constexpr std::uint16_t kMoreV4 = 0x2000;
constexpr std::uint16_t kMoreV6 = 1;

bool IsV4(ConstBytes packet) { return packet[0] >> 4 == 4; }

}  // namespace

IpFragmenter::IpFragmenter(ConstBytes packet, std::size_t mtu, std::uint32_t identification)
    : identification_(identification), whole_(packet.size() <= mtu) {
  TCPCOPY_CHECK(mtu >= kLeastMtu && packet.size() > Ipv4View::kMinHeaderBytes);
  const std::size_t header = IsV4(packet) ? Ipv4View::kMinHeaderBytes : Ipv6View::kHeaderBytes;
  header_ = packet.first(header);
  payload_ = packet.subspan(header);
  const std::size_t headers = header + (IsV4(packet) ? 0 : kFragmentHeaderBytes);
  each_ = whole_ ? payload_.size() : (mtu - headers) / kUnit * kUnit;
}

std::size_t IpFragmenter::left() const {
  if (done_) return 0;
  return whole_ ? 1 : (payload_.size() - begin_ + each_ - 1) / each_;
}

std::size_t IpFragmenter::Next(MutableBytes out) {
  TCPCOPY_CHECK(left() > 0);
  if (whole_) return NextWhole(out);
  const std::size_t count = std::min(each_, payload_.size() - begin_);
  const bool more = begin_ + count < payload_.size();
  const std::size_t headers = header_.size() + (IsV4(header_) ? 0 : kFragmentHeaderBytes);
  const MutableBytes piece = out.first(headers + count);
  std::ranges::copy(header_, piece.begin());
  if (IsV4(header_)) {
    WriteV4Header(piece, more);
  } else {
    WriteV6Header(piece, more);
  }
  std::ranges::copy(payload_.subspan(begin_, count),
                    piece.begin() + static_cast<std::ptrdiff_t>(headers));
  begin_ += count;
  done_ = !more;
  return piece.size();
}

std::size_t IpFragmenter::NextWhole(MutableBytes out) {
  std::ranges::copy(header_, out.begin());
  std::ranges::copy(payload_, out.begin() + static_cast<std::ptrdiff_t>(header_.size()));
  done_ = true;
  return header_.size() + payload_.size();
}

void IpFragmenter::WriteV4Header(MutableBytes piece, bool more) const {
  std::uint8_t* const p = piece.data();
  StoreBe16(p + 2, static_cast<std::uint16_t>(piece.size()));
  StoreBe16(p + 6, static_cast<std::uint16_t>(begin_ / kUnit | (more ? kMoreV4 : 0)));
  StoreBe16(p + 10, 0);
  StoreBe16(p + 10, InternetChecksum(piece.first(header_.size())));
}

void IpFragmenter::WriteV6Header(MutableBytes piece, bool more) const {
  std::uint8_t* const p = piece.data();
  StoreBe16(p + 4, static_cast<std::uint16_t>(piece.size() - Ipv6View::kHeaderBytes));
  std::uint8_t* const fragment = p + Ipv6View::kHeaderBytes;
  fragment[0] = p[6];
  fragment[1] = 0;
  StoreBe16(fragment + 2, static_cast<std::uint16_t>(begin_ | (more ? kMoreV6 : 0)));
  StoreBe32(fragment + 4, identification_);
  p[6] = kIpProtocolFragment;
}

}  // namespace tcpcopy
