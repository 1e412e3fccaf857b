#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "src/replay/session.h"

namespace tcpcopy {

/// The slab that sessions live in: at most `capacity` of them, in chunks taken as they are needed
/// and kept. Destroys what is left.
class SessionPool {
 public:
  /// What a session takes, beside the blocks of its payload.
  static constexpr std::size_t kBytesASession = sizeof(Session) + 2 * sizeof(std::uint32_t);

  explicit SessionPool(std::size_t capacity) : capacity_(capacity) {}
  ~SessionPool();
  SessionPool(const SessionPool&) = delete;
  SessionPool& operator=(const SessionPool&) = delete;

  bool full() const { return size_ == capacity_; }
  std::size_t size() const { return size_; }

  /// A new session; the pool must not be full. Valid until `Destroy`.
  Session& Create(SessionContext& context, const ClientFlow& captured, const FlowKey& replayed,
                  const TcpSegment& syn);
  void Destroy(Session& session);

  /// Calls `visit(Session&)` for each live session, oldest slot first. `visit` must neither create
  /// nor destroy sessions.
  template <typename Visit>
  void ForEach(Visit visit) {
    for (const auto& chunk : chunks_) {
      for (std::size_t i = 0; i < kSlotsAChunk; ++i) {
        if (chunk->live[i]) visit(*chunk->slots[i].session());
      }
    }
  }

 private:
  static constexpr std::size_t kSlotsAChunk = 256;

  struct Slot {
    alignas(Session) std::byte room[sizeof(Session)];

    Session* session() { return std::launder(static_cast<Session*>(static_cast<void*>(room))); }
  };
  struct Chunk {
    std::bitset<kSlotsAChunk> live;
    Slot slots[kSlotsAChunk];
  };

  void AddChunk();

  const std::size_t capacity_;
  std::size_t size_ = 0;
  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::vector<std::uint32_t> free_;  // numbers of slots
};

}  // namespace tcpcopy
