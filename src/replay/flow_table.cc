#include "src/replay/flow_table.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "netstack/base/check.h"

namespace tcpcopy {

Session* FlowTable::FindCaptured(const ClientFlow& captured) const {
  const auto it = captured_.find(captured);
  return it == captured_.end() ? nullptr : it->second;
}

Session* FlowTable::FindReplayed(const FlowKey& replayed) const {
  const auto it = replayed_.find(replayed);
  return it == replayed_.end() ? nullptr : it->second.first;
}

bool FlowTable::Add(Session& session) {
  captured_.insert_or_assign(session.captured(), &session);
  const auto [it, free] = replayed_.try_emplace(session.replayed(), Line{&session, &session});
  if (free) return true;
  Session*& last = it.value().last;
  session.predecessor = last;
  last->successor = &session;
  last = &session;
  ++waiting_;
  return false;
}

void FlowTable::ForgetCaptured(Session& session) {
  const auto it = captured_.find(session.captured());
  if (it != captured_.end() && it->second == &session) captured_.erase(it);
}

std::vector<Session*> FlowTable::ForgetAllCaptured() {
  std::vector<Session*> sessions;
  sessions.reserve(captured_.size());
  for (const auto& [captured, session] : captured_) sessions.push_back(session);
  captured_.clear();
  std::ranges::sort(sessions, {}, [](const Session* session) {
    return std::tie(session->captured().flow.local, session->captured().flow.peer,
                    session->captured().copy);
  });
  return sessions;
}

Session* FlowTable::Remove(Session& session) {
  ForgetCaptured(session);
  const auto it = replayed_.find(session.replayed());
  TCPCOPY_CHECK(it != replayed_.end());
  Session* const before = std::exchange(session.predecessor, nullptr);
  Session* const next = std::exchange(session.successor, nullptr);
  Line& line = it.value();
  TCPCOPY_CHECK((before == nullptr) == (line.first == &session));
  if (before == nullptr && next == nullptr) {
    replayed_.erase(it);
    return nullptr;
  }
  --waiting_;  // it, or the one that is next now
  (before == nullptr ? line.first : before->successor) = next;
  (next == nullptr ? line.last : next->predecessor) = before;
  return before == nullptr ? next : nullptr;
}

}  // namespace tcpcopy
