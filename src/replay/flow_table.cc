#include "src/replay/flow_table.h"

#include "netstack/base/check.h"

namespace tcpcopy {

Session* FlowTable::FindCaptured(const FlowKey& captured) const {
  const auto it = captured_.find(captured);
  return it == captured_.end() ? nullptr : it->second;
}

Session* FlowTable::FindReplayed(const FlowKey& replayed) const {
  const auto it = replayed_.find(replayed);
  return it == replayed_.end() ? nullptr : it->second;
}

bool FlowTable::Add(Session& session) {
  captured_.insert_or_assign(session.captured(), &session);
  const auto [it, free] = replayed_.try_emplace(session.replayed(), &session);
  if (free) return true;
  Session* last = it->second;
  while (last->successor != nullptr) last = last->successor;
  last->successor = &session;
  return false;
}

void FlowTable::ForgetCaptured(Session& session) {
  const auto it = captured_.find(session.captured());
  if (it != captured_.end() && it->second == &session) captured_.erase(it);
}

Session* FlowTable::Remove(Session& session) {
  ForgetCaptured(session);
  const auto it = replayed_.find(session.replayed());
  TCPCOPY_CHECK(it != replayed_.end());
  Session* const next = std::exchange(session.successor, nullptr);
  if (it->second == &session) {
    if (next == nullptr) {
      replayed_.erase(it);
    } else {
      it.value() = next;
    }
    return next;
  }
  Session* before = it->second;
  while (before != nullptr && before->successor != &session) before = before->successor;
  TCPCOPY_CHECK(before != nullptr);
  before->successor = next;
  return nullptr;
}

}  // namespace tcpcopy
