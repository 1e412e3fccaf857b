#include "src/replay/held_segments.h"

#include <algorithm>
#include <cstring>

namespace tcpcopy {
namespace {

/// Stands at the front of each held block.
struct Header {
  std::uint64_t offset;
  std::uint64_t answered;
  std::uint32_t length;
};

constexpr std::size_t kPieceBytes = sizeof(BlockPool::Block::bytes) - sizeof(Header);

Header ReadHeader(const BlockPool::Block* block) {
  Header header;
  std::memcpy(&header, block->bytes.data(), sizeof(header));
  return header;
}

}  // namespace

HeldSegments::~HeldSegments() {
  while (head_ != nullptr) DropFront();
}

void HeldSegments::DropFront() {
  BlockPool::Block* next = head_->next;
  pool_.Return(head_);
  head_ = next;
  --pieces_;
}

bool HeldSegments::Hold(std::uint64_t offset, std::uint64_t answered, ConstBytes bytes) {
  while (!bytes.empty()) {
    if (pieces_ == kMaxPieces) return false;
    const std::size_t length = std::min(bytes.size(), kPieceBytes);
    BlockPool::Block** place = &head_;
    bool known = false;
    while (*place != nullptr) {
      const Header other = ReadHeader(*place);
      if (other.offset > offset) break;
      known = known || other.offset + other.length >= offset + length;
      place = &(*place)->next;
    }
    if (!known) {
      BlockPool::Block* block = pool_.Take();
      if (block == nullptr) return false;
      const Header header{offset, answered, static_cast<std::uint32_t>(length)};
      std::memcpy(block->bytes.data(), &header, sizeof(header));
      std::memcpy(block->bytes.data() + sizeof(header), bytes.data(), length);
      block->next = *place;
      *place = block;
      ++pieces_;
    }
    offset += length;
    bytes = bytes.subspan(length);
  }
  return true;
}

HeldSegments::Piece HeldSegments::At(std::uint64_t offset) {
  while (head_ != nullptr) {
    const Header header = ReadHeader(head_);
    if (header.offset > offset) break;
    if (header.offset + header.length > offset) {
      const std::size_t skip = offset - header.offset;
      return {ConstBytes(head_->bytes.data() + sizeof(Header) + skip, header.length - skip),
              header.answered};
    }
    DropFront();
  }
  return {};
}

}  // namespace tcpcopy
