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
  if (free_.empty()) {
    chunks_.push_back(std::make_unique<Slot[]>(kSlotsAChunk));
    // Reserved for all slots there are, so that Destroy never allocates.
    free_.reserve(chunks_.size() * kSlotsAChunk);
    for (std::size_t i = kSlotsAChunk; i-- > 0;) {
      Slot& slot = chunks_.back()[i];
      Poison(slot.room, sizeof(slot.room));
      free_.push_back(&slot);
    }
  }
  Slot* slot = free_.back();
  free_.pop_back();
  Unpoison(slot->room, sizeof(slot->room));
  auto* session = new (slot->room) Session(context, captured, replayed, syn);
  slot->live = true;
  ++size_;
  return *session;
}

void SessionPool::Destroy(Session& session) {
  // The room is the slot's first member.
  static_assert(offsetof(Slot, room) == 0);
  Slot* slot = static_cast<Slot*>(static_cast<void*>(&session));
  TCPCOPY_CHECK(slot->live && size_ > 0);
  session.~Session();
  Poison(slot->room, sizeof(slot->room));
  slot->live = false;
  free_.push_back(slot);
  --size_;
}

}  // namespace tcpcopy
