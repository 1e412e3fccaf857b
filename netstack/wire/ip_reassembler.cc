#include "netstack/wire/ip_reassembler.h"

#include <algorithm>
#include <functional>
#include <string_view>

#include "netstack/wire/checksum.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kV6HeaderBytes = 40;
/// What a piece takes besides its bytes: its place in the map, and two allocations.
constexpr std::size_t kBytesAPiece = 112;

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

std::uint64_t HashOf(ConstBytes bytes) {
  return std::hash<std::string_view>{}(
      {static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()});
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
  const bool fits = partial.pieces.size() <= kMaxPieces && partial.memory <= kMaxBytes;
  const bool done = fits && Join(partial);
  if (fits && !done) return {};
  const Partial over = pending_.Take(fragment->key);
  if (!done) return {};
  finished_.Add(fragment->key, Remember(over), now);
  return whole_;
}

/// Whether this is a copy of a piece of a finished packet. Other bytes begin the next packet that
/// has its identification.
bool IpReassembler::IsRepeat(const IpFragment& fragment) {
  const auto finished = finished_.packets.find(fragment.key);
  if (finished == finished_.packets.end()) return false;
  const std::vector<Finished::Piece>& pieces = finished->second.pieces;
  const auto piece =
      std::ranges::lower_bound(pieces, fragment.offset, {}, &Finished::Piece::offset);
  if (piece != pieces.end() && piece->offset == fragment.offset &&
      piece->hash == HashOf(fragment.payload)) {
    return true;
  }
  finished_.Take(fragment.key);
  return false;
}

IpReassembler::Finished IpReassembler::Remember(const Partial& partial) {
  Finished finished;
  finished.pieces.reserve(partial.pieces.size());
  for (const auto& [offset, bytes] : partial.pieces) {
    finished.pieces.push_back({offset, HashOf(bytes)});
  }
  return finished;
}

void IpReassembler::Keep(Partial& partial, const IpFragment& fragment) {
  if (fragment.offset == 0 && partial.header.empty()) {
    partial.header.assign(fragment.header.begin(), fragment.header.end());
    partial.memory += fragment.header.size();
    if (!IsV4(partial.header)) partial.header[fragment.next_header_at] = fragment.next_header;
  }
  if (!fragment.more && partial.length == 0) {
    partial.length = fragment.offset + static_cast<std::uint32_t>(fragment.payload.size());
  }
  const auto [it, is_new] =
      partial.pieces.try_emplace(fragment.offset, fragment.payload.begin(), fragment.payload.end());
  if (!is_new) return;
  partial.payload += fragment.payload.size();
  partial.memory += fragment.payload.size() + kBytesAPiece;
}

bool IpReassembler::Join(const Partial& partial) {
  if (partial.header.empty() || partial.length == 0) return false;
  if (partial.payload < partial.length) return false;
  whole_ = partial.header;
  whole_.reserve(partial.header.size() + partial.payload);
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

template <typename Packet>
Packet& IpReassembler::Table<Packet>::Add(const IpFragment::Key& key, Packet packet, Duration now) {
  if (packets.size() == kMaxPackets) Take(IpFragment::Key(oldest_first.front()));
  oldest_first.push_back(key);
  packet.begun = now;
  return packets.emplace(key, std::move(packet)).first->second;
}

template <typename Packet>
Packet IpReassembler::Table<Packet>::Take(const IpFragment::Key& key) {
  oldest_first.remove(key);
  return std::move(packets.extract(key).mapped());
}

template <typename Packet>
void IpReassembler::Table<Packet>::Forget(Duration now, Duration patience) {
  while (!oldest_first.empty()) {
    const IpFragment::Key oldest = oldest_first.front();
    // A live capture's clock may be set back: what was begun long after now was begun before that.
    const Duration age = now - packets.at(oldest).begun;
    if (-patience < age && age < patience) return;
    Take(oldest);
  }
}

}  // namespace tcpcopy
