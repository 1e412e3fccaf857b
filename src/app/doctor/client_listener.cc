#include "src/app/doctor/client_listener.h"

#include <algorithm>

namespace tcpcopy {

void ClientListener::OnPacket(const CapturedPacket& packet) {
  const auto view = ParsePacket(packet.link, packet.bytes, packet.wire_length);
  if (!view || !IsCopied(*view)) return;
  const Endpoint& client = view->flow.local;
  if (!is_own_ || !is_own_(client.address)) clients_.emplace(client.address.family(), client);
  if (interfaces_.empty() || packet.interface == 0) {
    ++seen_;
    return;
  }
  const std::string name = name_of_(packet.interface);
  if (std::ranges::find(interfaces_, name) != interfaces_.end()) {
    ++seen_;
  } else if (others_.size() < kMaxInterfaces || others_.contains(name)) {
    ++others_[name];
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
