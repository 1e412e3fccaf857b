#include "src/replay/held_segments.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace tcpcopy {

ConstBytes HeldSegments::Node::bytes() const {
  return {block->bytes.data() + sizeof(Node), length};
}

HeldSegments::~HeldSegments() {
  while (!empty()) DropFront();
}

void HeldSegments::DropFront() {
  BlockPool::Block* block = nodes_.begin()->block;
  nodes_.erase(nodes_.begin());
  pool_.Return(block);
}

HeldSegments::Kept HeldSegments::Hold(std::uint64_t offset, std::uint64_t answered,
                                      ConstBytes bytes) {
  Kept kept{offset, 0};
  while (!bytes.empty()) {
    const auto next = nodes_.upper_bound(kept.until);
    const bool covered = next != nodes_.begin() && std::prev(next)->end() > kept.until;
    std::size_t count = 0;
    if (covered) {
      const Node& node = *std::prev(next);
      const ConstBytes known = node.bytes().subspan(kept.until - node.offset);
      count = std::min(bytes.size(), known.size());
      kept.conflicting += CountDifferent(known, bytes);
    } else {
      const std::uint64_t room = next == nodes_.end() ? kNowhere : next->offset - kept.until;
      count = std::min<std::uint64_t>(bytes.size(), room);
      count = Keep(next, kept.until, answered, bytes.first(count));
      if (count == 0) break;
    }
    kept.until += count;
    bytes = bytes.subspan(count);
  }
  return kept;
}

/// Keeps as much of `bytes`, of which nothing is held, as one piece can; returns how much.
std::size_t HeldSegments::Keep(Nodes::iterator next, std::uint64_t offset, std::uint64_t answered,
                               ConstBytes bytes) {
  Node* node = next == nodes_.begin() ? nullptr : &*std::prev(next);
  const bool grows = node != nullptr && node->end() == offset && node->answered == answered &&
                     node->length < kPieceBytes;
  if (!grows) {
    BlockPool::Block* block = full() ? nullptr : pool_.Take();
    if (block == nullptr) return 0;
    node = new (block->bytes.data()) Node;
    node->block = block;
    node->offset = offset;
    node->answered = answered;
    nodes_.insert_before(next, *node);
  }
  const std::size_t count = std::min(bytes.size(), kPieceBytes - node->length);
  std::memcpy(node->block->bytes.data() + sizeof(Node) + node->length, bytes.data(), count);
  node->length += count;
  return count;
}

HeldSegments::Piece HeldSegments::At(std::uint64_t offset) {
  while (!empty() && nodes_.begin()->offset <= offset) {
    const Node& node = *nodes_.begin();
    if (node.end() > offset) return {node.bytes().subspan(offset - node.offset), node.answered};
    DropFront();
  }
  return {};
}

}  // namespace tcpcopy
