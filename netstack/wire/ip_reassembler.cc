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
  Forget(now);
  const std::optional<IpFragment> fragment = IpFragment::Read(packet);
  if (!fragment) return {};
  const auto [it, is_new] = packets_.try_emplace(fragment->key);
  Partial& partial = it->second;
  if (is_new) {
    partial.begun = now;
    oldest_first_.push_back(fragment->key);
  }
  Keep(partial, *fragment);
  const bool done = Join(partial);
  if (done || partial.held > kMaxBytes) Remove(fragment->key);
  if (packets_.size() > kMaxPackets) Remove(IpFragment::Key(oldest_first_.front()));
  return done ? ConstBytes(whole_) : ConstBytes();
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

void IpReassembler::Remove(const IpFragment::Key& key) {
  packets_.erase(key);
  oldest_first_.remove(key);
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
  const std::size_t size = partial.header.size() + partial.length;
  if (size > 65535) return false;
  whole_.resize(size);
  Mend(whole_, partial.header.size());
  return true;
}

void IpReassembler::Forget(Duration now) {
  while (!oldest_first_.empty()) {
    const IpFragment::Key oldest = oldest_first_.front();
    if (now - packets_.at(oldest).begun < kPatience) return;
    Remove(oldest);
  }
}

}  // namespace tcpcopy
