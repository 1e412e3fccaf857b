#include "netstack/wire/ip_reassembler.h"

#include <algorithm>

#include "netstack/wire/checksum.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kV6HeaderBytes = 40;

bool IsV4(const std::vector<std::uint8_t>& header) { return header[0] >> 4 == 4; }

/// Makes the header of a piece that of the whole packet.
void Mend(std::vector<std::uint8_t>& packet, std::size_t header_bytes) {
  const std::size_t length = IsV4(packet) ? packet.size() : packet.size() - kV6HeaderBytes;
  if (!IsV4(packet)) return StoreBe16(packet.data() + 4, static_cast<std::uint16_t>(length));
  StoreBe16(packet.data() + 2, static_cast<std::uint16_t>(length));
  StoreBe16(packet.data() + 6, 0);
  StoreBe16(packet.data() + 10, 0);
  StoreBe16(packet.data() + 10, InternetChecksum(ConstBytes(packet).first(header_bytes)));
}

}  // namespace

ConstBytes IpReassembler::Add(ConstBytes packet, Duration now) {
  pending_.Forget(now, kPatience);
  finished_.Forget(now, kRepeats);
  const std::optional<IpFragment> fragment = IpFragment::Read(packet);
  if (!fragment || IsRepeat(*fragment)) return {};
  const auto known = pending_.packets.find(fragment->key);
  Partial& partial =
      known != pending_.packets.end() ? known->second : pending_.Add(fragment->key, {}, now);
  Keep(partial, *fragment);
  const bool done = Join(partial);
  if (!done && partial.held <= kMaxBytes) return {};
  Partial over = pending_.Take(fragment->key);
  if (!done) return {};
  finished_.Add(fragment->key, std::move(over), now);
  return whole_;
}

/// Whether this is a copy of a piece of a finished packet. Other bytes begin the next packet that
/// has its identification.
bool IpReassembler::IsRepeat(const IpFragment& fragment) {
  const auto finished = finished_.packets.find(fragment.key);
  if (finished == finished_.packets.end()) return false;
  const auto piece = finished->second.pieces.find(fragment.offset);
  if (piece != finished->second.pieces.end() &&
      std::ranges::equal(piece->second, fragment.payload)) {
    return true;
  }
  finished_.Take(fragment.key);
  return false;
}

void IpReassembler::Keep(Partial& partial, const IpFragment& fragment) {
  if (fragment.offset == 0 && partial.header.empty()) {
    partial.header.assign(fragment.header.begin(), fragment.header.end());
    if (!IsV4(partial.header)) partial.header[fragment.next_header_at] = fragment.next_header;
  }
  if (!fragment.more && partial.length == 0) {
    partial.length = fragment.offset + static_cast<std::uint32_t>(fragment.payload.size());
  }
  const auto [it, is_new] =
      partial.pieces.try_emplace(fragment.offset, fragment.payload.begin(), fragment.payload.end());
  if (is_new) partial.held += fragment.payload.size();
}

bool IpReassembler::Join(const Partial& partial) {
  if (partial.header.empty() || partial.length == 0 || partial.held < partial.length) return false;
  whole_ = partial.header;
  std::size_t known = 0;
  for (const auto& [offset, bytes] : partial.pieces) {
    if (offset > known) return false;
    const std::size_t skip = std::min(known - offset, bytes.size());
    whole_.insert(whole_.end(), bytes.begin() + static_cast<std::ptrdiff_t>(skip), bytes.end());
    known += bytes.size() - skip;
  }
  if (known < partial.length) return false;
  // The length field of IPv6 does not count the fixed header.
  const std::size_t size = partial.header.size() + partial.length;
  if (size > (IsV4(partial.header) ? 65535 : 65535 + kV6HeaderBytes)) return false;
  whole_.resize(size);
  Mend(whole_, partial.header.size());
  return true;
}

IpReassembler::Partial& IpReassembler::Table::Add(const IpFragment::Key& key, Partial partial,
                                                  Duration now) {
  if (packets.size() == kMaxPackets) Take(IpFragment::Key(oldest_first.front()));
  oldest_first.push_back(key);
  partial.begun = now;
  return packets.emplace(key, std::move(partial)).first->second;
}

IpReassembler::Partial IpReassembler::Table::Take(const IpFragment::Key& key) {
  oldest_first.remove(key);
  return std::move(packets.extract(key).mapped());
}

void IpReassembler::Table::Forget(Duration now, Duration patience) {
  while (!oldest_first.empty()) {
    const IpFragment::Key oldest = oldest_first.front();
    // A live capture's clock may be set back: what was begun long after now was begun before that.
    const Duration age = now - packets.at(oldest).begun;
    if (-patience < age && age < patience) return;
    Take(oldest);
  }
}

}  // namespace tcpcopy
