#include "src/replay/flow_table.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "netstack/base/check.h"

namespace tcpcopy {

FlowTable::FlowTable(std::uint64_t hash_seed)
    : captured_(0, Captured::Hash{{hash_seed}}), replayed_(0, Replayed::Hash{{hash_seed + 1}}) {
  captured_.max_load_factor(kMostFull);
  replayed_.max_load_factor(kMostFull);
}

Session* FlowTable::FindCaptured(const ClientFlow& captured) const {
  const auto it = captured_.find(captured);
  return it == captured_.end() ? nullptr : *it;
}

Session* FlowTable::FindReplayed(const FlowKey& replayed) const {
  const auto it = replayed_.find(replayed);
  return it == replayed_.end() ? nullptr : *it;
}

bool FlowTable::Add(Session& session) {
  if (const auto former = captured_.find(session.captured()); former != captured_.end()) {
    captured_.erase(former);
  }
  captured_.insert(&session);
  Session* const first = FindReplayed(session.replayed());
  if (first == nullptr) {
    replayed_.insert(&session);
    return true;
  }
  const auto [it, is_line] = last_in_line_.try_emplace(first, first);
  Session*& last = it.value();
  session.predecessor = last;
  last->successor = &session;
  last = &session;
  ++waiting_;
  return false;
}

void FlowTable::ForgetCaptured(Session& session) {
  const auto it = captured_.find(session.captured());
  if (it != captured_.end() && *it == &session) captured_.erase(it);
}

std::vector<Session*> FlowTable::ForgetAllCaptured() {
  std::vector<Session*> sessions(captured_.begin(), captured_.end());
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
  Session* const first = *it;
  Session* const before = std::exchange(session.predecessor, nullptr);
  Session* const next = std::exchange(session.successor, nullptr);
  TCPCOPY_CHECK((before == nullptr) == (first == &session));
  if (before == nullptr) replayed_.erase(it);
  if (before == nullptr && next == nullptr) return nullptr;
  --waiting_;  // it, or the one that is next now
  const auto line = last_in_line_.find(first);
  Session* const last = next == nullptr ? before : line->second;
  last_in_line_.erase(line);
  if (before != nullptr) before->successor = next;
  if (next != nullptr) next->predecessor = before;
  Session* const new_first = before == nullptr ? next : first;
  if (before == nullptr) replayed_.insert(next);
  if (new_first != last) last_in_line_.insert({new_first, last});
  return before == nullptr ? next : nullptr;
}

}  // namespace tcpcopy
