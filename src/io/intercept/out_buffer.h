#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "netstack/base/bytes.h"

namespace tcpcopy {

/// Bytes that wait to be written to a connection, oldest first. Who adds what may be left out asks
/// `HasRoomFor` before, so that a peer that reads slowly costs no more than the limit; the few
/// messages that keep a connection alive may go beyond it.
class OutBuffer {
 public:
  explicit OutBuffer(std::size_t limit) : limit_(limit) {}

  bool HasRoomFor(std::size_t count) const { return size() + count <= limit_; }
  std::size_t size() const { return bytes_.size() - head_; }
  bool empty() const { return size() == 0; }

  /// Adds `count` bytes; the caller fills them at once.
  MutableBytes Add(std::size_t count);
  void Add(ConstBytes bytes);

  /// Where the next byte will be, counted from the first one ever added.
  std::uint64_t end() const { return written_ + size(); }
  /// The `count` bytes at `position`; empty when any of them has been written already.
  MutableBytes At(std::uint64_t position, std::size_t count);

  ConstBytes waiting() const { return ConstBytes(bytes_).subspan(head_); }
  /// The first `count` bytes have been written.
  void Written(std::size_t count);
  void Clear();

 private:
  const std::size_t limit_;
  std::vector<std::uint8_t> bytes_;
  std::size_t head_ = 0;       // bytes of `bytes_` that are written
  std::uint64_t written_ = 0;  // or cleared
};

}  // namespace tcpcopy
