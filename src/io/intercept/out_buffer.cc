#include "src/io/intercept/out_buffer.h"

#include <algorithm>

#include "netstack/base/check.h"

namespace tcpcopy {
namespace {

// Memory that an empty buffer keeps.
constexpr std::size_t kKeptBytes = 256 * 1024;

}  // namespace

MutableBytes OutBuffer::Add(std::size_t count) {
  // The written half goes away before it would be copied along.
  if (head_ > 0 && head_ >= size()) {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
  bytes_.resize(bytes_.size() + count);
  return MutableBytes(bytes_).last(count);
}

void OutBuffer::Add(ConstBytes bytes) { std::ranges::copy(bytes, Add(bytes.size()).begin()); }

MutableBytes OutBuffer::At(std::uint64_t position, std::size_t count) {
  if (position < written_) return {};
  TCPCOPY_CHECK(position + count <= end());
  return MutableBytes(bytes_).subspan(head_ + static_cast<std::size_t>(position - written_), count);
}

void OutBuffer::Written(std::size_t count) {
  TCPCOPY_CHECK(count <= size());
  written_ += count;
  head_ += count;
  if (empty()) Clear();
}

void OutBuffer::Clear() {
  written_ += size();
  head_ = 0;
  bytes_.clear();
  if (bytes_.capacity() > kKeptBytes) bytes_.shrink_to_fit();
}

}  // namespace tcpcopy
