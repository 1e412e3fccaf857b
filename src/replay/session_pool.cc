#include "src/replay/session_pool.h"

#include <new>

#include "netstack/base/check.h"
#include "netstack/base/poison.h"

namespace tcpcopy {

SessionPool::~SessionPool() {
  ForEach([](Session& session) { session.~Session(); });
}

Session& SessionPool::Create(SessionContext& context, const ClientFlow& captured,
                             const FlowKey& replayed, const TcpSegment& syn) {
  TCPCOPY_CHECK(!full());
  if (free_.empty()) AddChunk();
  const std::uint32_t number = free_.back();
  free_.pop_back();
  Chunk& chunk = *chunks_[number / kSlotsAChunk];
  Slot& slot = chunk.slots[number % kSlotsAChunk];
  Unpoison(slot.room, sizeof(slot.room));
  auto* session = new (slot.room) Session(context, captured, replayed, syn);
  session->pool_slot = number;
  chunk.live.set(number % kSlotsAChunk);
  ++size_;
  return *session;
}

void SessionPool::AddChunk() {
  const auto first = static_cast<std::uint32_t>(chunks_.size() * kSlotsAChunk);
  // Its slots are left as they are, so that they take no memory before they are used.
  chunks_.emplace_back(new Chunk);
  // Room for all slots there are, so that Destroy never allocates.
  free_.reserve(chunks_.capacity() * kSlotsAChunk);
  for (std::uint32_t i = kSlotsAChunk; i-- > 0;) {
    Slot& slot = chunks_.back()->slots[i];
    Poison(slot.room, sizeof(slot.room));
    free_.push_back(first + i);
  }
}

void SessionPool::Destroy(Session& session) {
  const std::uint32_t number = session.pool_slot;
  TCPCOPY_CHECK(number < chunks_.size() * kSlotsAChunk && size_ > 0);
  Chunk& chunk = *chunks_[number / kSlotsAChunk];
  Slot& slot = chunk.slots[number % kSlotsAChunk];
  TCPCOPY_CHECK(slot.session() == &session && chunk.live[number % kSlotsAChunk]);
  session.~Session();
  Poison(slot.room, sizeof(slot.room));
  chunk.live.reset(number % kSlotsAChunk);
  free_.push_back(number);
  --size_;
}

}  // namespace tcpcopy
