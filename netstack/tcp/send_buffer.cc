#include "netstack/tcp/send_buffer.h"

#include <algorithm>

#include "netstack/base/check.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kBlockPayload = std::tuple_size_v<decltype(BlockPool::Block::bytes)>;

}  // namespace

std::size_t SendBuffer::TailRoom() const {
  if (tail_ == nullptr) return 0;
  const std::size_t in_tail = (appended_ - head_offset_) % kBlockPayload;
  return in_tail == 0 ? 0 : kBlockPayload - in_tail;
}

bool SendBuffer::Append(ConstBytes bytes) {
  const std::size_t room = TailRoom();
  const std::size_t beyond = bytes.size() > room ? bytes.size() - room : 0;
  Block* fresh = nullptr;
  for (std::size_t have = 0; have < beyond; have += kBlockPayload) {
    Block* block = pool_.Take();
    if (block == nullptr) {
      ReturnChain(fresh);
      return false;
    }
    block->next = fresh;
    fresh = block;
  }
  while (!bytes.empty()) {
    std::size_t at = kBlockPayload - TailRoom();
    if (at == kBlockPayload) {
      Block* block = fresh;
      fresh = block->next;
      block->next = nullptr;
      if (tail_ == nullptr) {
        head_ = block;
        head_offset_ = appended_;
      } else {
        tail_->next = block;
      }
      tail_ = block;
      at = 0;
    }
    const std::size_t count = std::min(bytes.size(), kBlockPayload - at);
    std::memcpy(tail_->bytes.data() + at, bytes.data(), count);
    bytes = bytes.subspan(count);
    appended_ += count;
  }
  return true;
}

SendBuffer::Block* SendBuffer::FindBlock(std::uint64_t offset, std::uint64_t* block_offset) const {
  Block* block = head_;
  std::uint64_t at = head_offset_;
  if (cursor_ != nullptr && offset >= cursor_offset_) {
    block = cursor_;
    at = cursor_offset_;
  }
  while (offset - at >= kBlockPayload) {
    block = block->next;
    at += kBlockPayload;
  }
  *block_offset = at;
  return block;
}

void SendBuffer::CopyOut(std::uint64_t offset, MutableBytes out) const {
  TCPCOPY_CHECK(offset >= released_ && offset <= appended_ && out.size() <= appended_ - offset);
  if (out.empty()) return;
  std::uint64_t at = 0;
  Block* block = FindBlock(offset, &at);
  // A single retransmission from the front must not cost the next new segment a walk.
  const bool keep_cursor = block == head_ && cursor_ != nullptr;
  while (true) {
    const std::size_t skip = offset - at;
    const std::size_t count = std::min(out.size(), kBlockPayload - skip);
    std::memcpy(out.data(), block->bytes.data() + skip, count);
    out = out.subspan(count);
    offset += count;
    if (out.empty()) break;
    block = block->next;
    at += kBlockPayload;
  }
  if (keep_cursor && cursor_offset_ > at) return;
  cursor_ = block;
  cursor_offset_ = at;
}

std::uint64_t SendBuffer::CountDifferentAt(std::uint64_t offset, ConstBytes bytes) const {
  const std::uint64_t gone = offset < released_ ? released_ - offset : 0;
  bytes = bytes.subspan(std::min<std::uint64_t>(gone, bytes.size()));
  offset += gone;
  if (bytes.empty() || offset >= appended_) return 0;
  Block* block = tail_;
  std::uint64_t at = appended_ - 1 - (appended_ - 1 - head_offset_) % kBlockPayload;
  if (offset < at) {
    const bool near_cursor = cursor_ != nullptr && offset >= cursor_offset_;
    if (offset - (near_cursor ? cursor_offset_ : head_offset_) > kFarthestCompared) return 0;
    block = FindBlock(offset, &at);
  }
  std::uint64_t different = 0;
  for (; block != nullptr && !bytes.empty(); block = block->next, at += kBlockPayload) {
    const std::size_t skip = offset - at;
    const std::size_t held = std::min<std::uint64_t>(kBlockPayload - skip, appended_ - offset);
    const ConstBytes compared = bytes.first(std::min(held, bytes.size()));
    different += CountDifferent(compared, ConstBytes(block->bytes.data() + skip, held));
    offset += compared.size();
    bytes = bytes.subspan(compared.size());
  }
  return different;
}

void SendBuffer::ReleaseUpTo(std::uint64_t offset) {
  TCPCOPY_CHECK(offset <= appended_);
  if (offset <= released_) return;
  released_ = offset;
  // An empty buffer holds no block: most connections of a pool are idle.
  while (head_ != nullptr &&
         (released_ == appended_ || released_ - head_offset_ >= kBlockPayload)) {
    Block* block = head_;
    head_ = block->next;
    head_offset_ += kBlockPayload;
    if (cursor_ == block) cursor_ = nullptr;
    pool_.Return(block);
  }
  if (head_ == nullptr) tail_ = nullptr;
}

void SendBuffer::Truncate(std::uint64_t offset) {
  TCPCOPY_CHECK(offset >= released_ && offset <= appended_);
  if (offset == appended_) return;
  cursor_ = nullptr;
  if (offset == released_) {
    appended_ = offset;
    ReturnChain(head_);
    head_ = nullptr;
    tail_ = nullptr;
    return;
  }
  std::uint64_t at = 0;
  Block* last = FindBlock(offset - 1, &at);
  ReturnChain(last->next);
  last->next = nullptr;
  tail_ = last;
  appended_ = offset;
}

void SendBuffer::ReturnChain(Block* first) {
  while (first != nullptr) {
    Block* next = first->next;
    pool_.Return(first);
    first = next;
  }
}

}  // namespace tcpcopy
