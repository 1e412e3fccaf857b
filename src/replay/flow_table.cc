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
  const auto [by_client, is_new_client] = captured_.insert(&session);
  if (!is_new_client) {
    ForgetCaptured(**by_client);
    captured_.insert(&session);
  }
  session.set_by_client(true);
  const auto [by_target, has_tuple] = replayed_.insert(&session);
  if (has_tuple) return true;
  Session* const first = *by_target;
  const auto [it, is_line] = last_in_line_.try_emplace(first, first);
  Session*& last = it.value();
  session.predecessor = last;
  last->successor = &session;
  last = &session;
  ++waiting_;
  return false;
}

void FlowTable::ForgetCaptured(Session& session) {
  if (!session.is_by_client()) return;
  session.set_by_client(false);
  captured_.erase(captured_.find(session.captured()));
}

std::vector<Session*> FlowTable::ForgetAllCaptured() {
  std::vector<Session*> sessions(captured_.begin(), captured_.end());
  captured_.clear();
  for (Session* const session : sessions) session->set_by_client(false);
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
