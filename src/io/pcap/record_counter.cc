#include "src/io/pcap/record_counter.h"

#include <algorithm>

namespace tcpcopy {
namespace {

constexpr std::uint32_t kSection = 0x0A0D0D0A;
constexpr std::uint32_t kByteOrder = 0x1A2B3C4D;

/// How long the record headers of a pcap file with this magic number are; 0: it is none.
std::size_t RecordBytes(std::uint32_t magic, std::size_t plain, std::size_t patched) {
  switch (magic) {
    case 0xA1B2C3D4:  // microseconds
    case 0xA1B23C4D:  // nanoseconds
      return plain;
    case 0xA1B2CD34:
      return patched;
    default:
      return 0;
  }
}

}  // namespace

void RecordCounter::Feed(ConstBytes bytes) {
  while (!bytes.empty() && !lost()) {
    if (skip_ > 0) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, bytes.size()));
      bytes = bytes.subspan(count);
      skip_ -= count;
      if (skip_ == 0 && in_packet_) ++packets_;
      continue;
    }
    const std::size_t count = std::min(need_ - have_, bytes.size());
    std::ranges::copy(bytes.first(count), head_.begin() + static_cast<std::ptrdiff_t>(have_));
    bytes = bytes.subspan(count);
    have_ += count;
    if (have_ == need_) OnHead();
  }
}

std::uint32_t RecordCounter::Word(std::size_t at) const {
  const std::uint32_t word = LoadBe32(head_.data() + at);
  return big_endian_ ? word : __builtin_bswap32(word);
}

std::uint16_t RecordCounter::Half(std::size_t at) const {
  const std::uint16_t half = LoadBe16(head_.data() + at);
  return big_endian_ ? half : __builtin_bswap16(half);
}

void RecordCounter::OnHead() {
  switch (state_) {
    case State::kMagic:
      return OnMagic();
    case State::kFileHeader:
      // Before version 2.4 lengths were written the other way round, or might be.
      return Expect(Half(4) == 2 && Half(6) == 4 ? State::kRecord : State::kLost, record_bytes_);
    case State::kRecord: {
      const std::uint32_t captured = Word(8);
      Expect(State::kRecord, record_bytes_);
      return Skip(captured, true);
    }
    case State::kBlock:
      return OnBlock();
    case State::kLost:
      break;
  }
}

void RecordCounter::OnMagic() {
  if (Word(0) == kSection) {  // reads the same both ways
    state_ = State::kBlock;
    need_ = kBlockBytes;
    return;
  }
  for (const bool big_endian : {false, true}) {
    big_endian_ = big_endian;
    record_bytes_ = RecordBytes(Word(0), kRecordBytes, kLongRecordBytes);
    if (record_bytes_ == 0) continue;
    state_ = State::kFileHeader;
    need_ = kFileHeaderBytes;
    return;
  }
  state_ = State::kLost;
}

void RecordCounter::OnBlock() {
  // Simple, enhanced, and the obsolete one.
  constexpr auto kPacketBlocks = std::to_array<std::uint32_t>({2, 3, 6});
  if (Word(0) == kSection) big_endian_ = LoadBe32(head_.data() + 8) == kByteOrder;
  const std::uint32_t type = Word(0);
  const std::uint32_t length = Word(4);
  if (length < kBlockBytes) {
    state_ = State::kLost;
    return;
  }
  Expect(State::kBlock, kBlockBytes);
  Skip(length - kBlockBytes, std::ranges::find(kPacketBlocks, type) != kPacketBlocks.end());
}

void RecordCounter::Expect(State state, std::size_t head_bytes) {
  state_ = state;
  have_ = 0;
  need_ = head_bytes;
}

void RecordCounter::Skip(std::uint64_t bytes, bool is_packet) {
  if (bytes > kMostBytes) {
    state_ = State::kLost;
    return;
  }
  skip_ = bytes;
  in_packet_ = is_packet;
  if (bytes == 0 && is_packet) ++packets_;
}

}  // namespace tcpcopy
