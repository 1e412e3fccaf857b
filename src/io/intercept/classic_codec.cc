#include "src/io/intercept/classic_codec.h"

#include <algorithm>

#include "netstack/base/check.h"
#include "netstack/wire/ip_protocol.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kIpBytes = 20;
constexpr std::size_t kTcpBytes = 20;
constexpr std::size_t kHeaderBytes = kIpBytes + kTcpBytes;
constexpr std::size_t kOptionBytes = kClassicRecordBytes - kHeaderBytes;

constexpr std::uint8_t kEndOfOptions = 0;
constexpr std::uint8_t kNoOperation = 1;
constexpr std::uint8_t kSack = 5;
constexpr std::size_t kSackBlockBytes = 8;

std::size_t IpHeaderBytes(const std::uint8_t* ip) { return std::size_t{ip[0]} % 16 * 4; }
std::size_t TcpHeaderBytes(const std::uint8_t* tcp) { return std::size_t{tcp[12]} / 16 * 4; }
bool IsIpv4(std::uint8_t first) { return first / 16 == 4; }

/// Ends `options` behind the last one that is whole; of a SACK option the blocks stay that are.
/// Returns how many bytes remain, padding to whole words included.
std::size_t CutOptions(MutableBytes options) {
  std::size_t kept = 0;
  std::size_t at = 0;
  while (at < options.size() && options[at] != kEndOfOptions) {
    if (options[at] == kNoOperation) {
      ++at;
      continue;  // kept when an option comes behind it
    }
    const std::size_t left = options.size() - at;
    std::size_t length = left < 2 ? 0 : options[at + 1];
    if (left >= 2 + kSackBlockBytes && options[at] == kSack && length > left) {
      length = 2 + (left - 2) / kSackBlockBytes * kSackBlockBytes;
      options[at + 1] = static_cast<std::uint8_t>(length);
    }
    if (length < 2 || length > left) break;
    at += length;
    kept = at;
  }
  std::ranges::fill(options.subspan(kept), kEndOfOptions);
  return (kept + 3) / 4 * 4;
}

/// Makes the headers in `record` agree with each other: no IP options, and no more TCP options than
/// the `captured` bytes that are there. `length` is the packet's, with all its options.
std::optional<std::size_t> PutRight(MutableBytes record, std::size_t captured, std::size_t length) {
  std::uint8_t* const ip = record.data();
  std::uint8_t* const tcp = ip + kIpBytes;
  const std::size_t ip_header = IpHeaderBytes(ip);
  const std::size_t tcp_header = TcpHeaderBytes(tcp);
  if (ip[9] != kIpProtocolTcp || ip_header < kIpBytes || tcp_header < kTcpBytes ||
      length < ip_header + tcp_header) {
    return std::nullopt;
  }
  std::size_t options = tcp_header - kTcpBytes;
  const MutableBytes room = record.subspan(kHeaderBytes);
  if (options > captured) options = CutOptions(room.first(captured));
  std::ranges::fill(room.subspan(options), std::uint8_t{0});
  const std::size_t payload = length - ip_header - tcp_header;
  const std::size_t total = std::min<std::size_t>(kHeaderBytes + options + payload, 0xffff);
  ip[0] = 4 * 16 + kIpBytes / 4;
  StoreBe16(ip + 2, static_cast<std::uint16_t>(total));
  tcp[12] = static_cast<std::uint8_t>((kTcpBytes + options) / 4 * 16 + tcp[12] % 16);
  return total;
}

}  // namespace

std::array<std::uint8_t, ClassicMessage::kBytes> ClassicMessage::Encode() const {
  TCPCOPY_CHECK(flow.local.address.IsV4() && flow.peer.address.IsV4());
  std::array<std::uint8_t, kBytes> bytes;
  StoreBe32(bytes.data(), flow.local.address.v4());
  StoreBe16(bytes.data() + 4, flow.local.port);
  StoreBe16(bytes.data() + 6, type);
  StoreBe32(bytes.data() + 8, flow.peer.address.v4());
  StoreBe16(bytes.data() + 12, flow.peer.port);
  return bytes;
}

ClassicMessage ClassicMessage::Decode(ConstBytes bytes) {
  TCPCOPY_CHECK(bytes.size() == kBytes);
  const std::uint8_t* const at = bytes.data();
  return {LoadBe16(at + 6),
          {{IpAddress::V4(LoadBe32(at)), LoadBe16(at + 4)},
           {IpAddress::V4(LoadBe32(at + 8)), LoadBe16(at + 12)}}};
}

bool WriteClassicRecord(ConstBytes packet, std::size_t wire_length, MutableBytes record) {
  TCPCOPY_CHECK(record.size() == kClassicRecordBytes);
  if (packet.size() < kHeaderBytes || !IsIpv4(packet[0])) return false;
  const std::size_t ip_header = IpHeaderBytes(packet.data());
  if (packet.size() < ip_header + kTcpBytes) return false;
  const bool is_fragment = (LoadBe16(packet.data() + 6) & 0x3fff) != 0;
  if (is_fragment) return false;
  const ConstBytes options = packet.subspan(ip_header + kTcpBytes);
  const std::size_t captured = std::min(options.size(), kOptionBytes);
  std::ranges::fill(record, std::uint8_t{0});
  std::ranges::copy(packet.first(kIpBytes), record.begin());
  std::ranges::copy(packet.subspan(ip_header, kTcpBytes), record.begin() + kIpBytes);
  std::ranges::copy(options.first(captured), record.begin() + kHeaderBytes);
  // Zero in a packet that the interface was to cut (TSO).
  const std::size_t told = LoadBe16(packet.data() + 2);
  return PutRight(record, captured, told != 0 ? told : wire_length).has_value();
}

std::optional<ClassicReply> ReadClassicRecord(ConstBytes record) {
  TCPCOPY_CHECK(record.size() == kClassicRecordBytes);
  if (!IsIpv4(record[0])) return std::nullopt;
  ClassicReply reply;
  std::ranges::copy(record, reply.bytes.begin());
  const auto total = PutRight(reply.bytes, kOptionBytes, LoadBe16(record.data() + 2));
  if (!total) return std::nullopt;
  reply.wire_length = *total;
  reply.length = kIpBytes + TcpHeaderBytes(reply.bytes.data() + kIpBytes);
  return reply;
}

void ClassicReader::Feed(ConstBytes bytes) {
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(head_));
  head_ = 0;
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

Result<std::optional<ConstBytes>, ClassicError> ClassicReader::Next() {
  ConstBytes rest = ConstBytes(bytes_).subspan(head_);
  if (records_ == 0) {
    if (rest.size() < kClassicCountBytes) return std::nullopt;
    if (IsIpv4(rest[0])) {
      records_ = 1;
    } else {
      const std::size_t count = LoadBe16(rest.data());
      if (count == 0) return Err(ClassicError::kOwnProtocol);
      if (count > kClassicMaxRecords) return Err(ClassicError::kBadCount);
      records_ = count;
      head_ += kClassicCountBytes;
      rest = rest.subspan(kClassicCountBytes);
    }
    ++messages_;
  }
  if (rest.size() < kClassicRecordBytes) return std::nullopt;
  --records_;
  head_ += kClassicRecordBytes;
  return rest.first(kClassicRecordBytes);
}

}  // namespace tcpcopy
