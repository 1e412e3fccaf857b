#include "src/replay/datagram_table.h"

#include "netstack/base/check.h"

namespace tcpcopy {

DatagramSession* DatagramTable::FindCaptured(const ClientFlow& client) const {
  const auto it = captured_.find(client);
  return it == captured_.end() ? nullptr : it->second;
}

DatagramSession* DatagramTable::FindReplayed(const FlowKey& replayed) const {
  const auto it = replayed_.find(replayed);
  return it == replayed_.end() ? nullptr : it->second;
}

DatagramSession& DatagramTable::Create(DatagramSession::Owner& owner, const ClientFlow& client,
                                       const FlowKey& replayed) {
  TCPCOPY_CHECK(!full() && !FindCaptured(client) && !FindReplayed(replayed));
  if (free_.empty()) {
    free_.push_back(places_.size());
    places_.emplace_back();
  }
  const std::size_t place = free_.back();
  free_.pop_back();
  DatagramSession& session = places_[place].emplace(owner, client, replayed);
  session.place = place;
  captured_.emplace(client, &session);
  replayed_.emplace(replayed, &session);
  speaking_.push_back(session);
  return session;
}

void DatagramTable::Touch(DatagramSession& session) {
  TCPCOPY_CHECK(!session.client_over);
  speaking_.splice(speaking_.end(), speaking_, List::s_iterator_to(session));
}

void DatagramTable::LetGo(DatagramSession& session) {
  TCPCOPY_CHECK(!session.client_over);
  session.client_over = true;
  captured_.erase(session.client());
  over_.splice(over_.end(), speaking_, List::s_iterator_to(session));
}

void DatagramTable::Destroy(DatagramSession& session) {
  if (!session.client_over) captured_.erase(session.client());
  replayed_.erase(session.replayed());
  const std::size_t place = session.place;
  places_[place].reset();  // takes it off its list and its timer
  free_.push_back(place);
}

DatagramSession* DatagramTable::LongestSilent() {
  return speaking_.empty() ? nullptr : &speaking_.front();
}

}  // namespace tcpcopy
