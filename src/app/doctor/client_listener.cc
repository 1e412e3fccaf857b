#include "src/app/doctor/client_listener.h"

#include <algorithm>

namespace tcpcopy {

void ClientListener::OnPacket(const CapturedPacket& packet) {
  const auto view = ParsePacket(packet.link, packet.bytes, packet.wire_length);
  if (!view || !IsCopied(*view)) return;
  const Endpoint& client = view->flow.local;
  if (!is_own_ || !is_own_(client.address)) clients_.emplace(client.address.family(), client);
  Count(packet.interface == 0 ? "" : name_of_(packet.interface));
}

void ClientListener::Count(const std::string& interface) {
  const bool captured = interfaces_.empty() || interface.empty() ||
                        std::ranges::find(interfaces_, interface) != interfaces_.end();
  if (captured) {
    ++seen_;
    if (!interface.empty() && seen_on_.size() < kMaxInterfaces) seen_on_.insert(interface);
  } else if (others_.size() < kMaxInterfaces || others_.contains(interface)) {
    ++others_[interface];
  }
}

bool ClientListener::IsCopied(const PacketView& view) const {
  const Mapping* const mapping = targets_.Find(view.flow.peer);
  if (mapping == nullptr) return false;
  return mapping->source || !is_own_ || is_own_(view.flow.peer.address);
}

std::optional<Endpoint> ClientListener::ClientOf(IpFamily family) const {
  const auto found = clients_.find(family);
  if (found == clients_.end()) return std::nullopt;
  return found->second;
}

}  // namespace tcpcopy
