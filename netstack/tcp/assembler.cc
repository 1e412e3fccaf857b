#include "netstack/tcp/assembler.h"

#include <algorithm>

#include "netstack/base/check.h"

namespace tcpcopy {

void Assembler::Remove(std::size_t index) {
  std::copy(ranges_.begin() + static_cast<std::ptrdiff_t>(index) + 1, ranges_.begin() + count_,
            ranges_.begin() + static_cast<std::ptrdiff_t>(index));
  --count_;
}

void Assembler::Insert(SeqNum left, SeqNum right) {
  TCPCOPY_CHECK(left < right);
  for (std::size_t i = 0; i < count_;) {
    const SackBlock& range = ranges_[i];
    if (range.left > right || range.right < left) {
      ++i;
      continue;
    }
    if (range.left < left) left = range.left;
    if (range.right > right) right = range.right;
    Remove(i);
  }
  if (count_ == kMaxRanges) {
    const auto farthest =
        std::max_element(ranges_.begin(), ranges_.end(),
                         [](const SackBlock& a, const SackBlock& b) { return a.left < b.left; });
    if (left > farthest->left) return;
    Remove(static_cast<std::size_t>(farthest - ranges_.begin()));
  }
  std::copy_backward(ranges_.begin(), ranges_.begin() + count_, ranges_.begin() + count_ + 1);
  ranges_[0] = {left, right};
  ++count_;
}

SeqNum Assembler::Advance(SeqNum next) {
  for (std::size_t i = 0; i < count_;) {
    const SackBlock range = ranges_[i];
    if (range.left > next) {
      ++i;
      continue;
    }
    Remove(i);
    if (range.right > next) {
      next = range.right;
      i = 0;  // A range passed over before may be reached now.
    }
  }
  return next;
}

}  // namespace tcpcopy
