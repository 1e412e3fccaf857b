#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>

#include "tests/sim/client_rules.h"
#include "tests/sim/packet.h"

namespace tcpcopy::sim {

/// Stands at the interface of the host under test and judges every packet that leaves it.
class ClientWatch {
 public:
  using Complain = std::function<void(const std::string&)>;

  ClientWatch(std::size_t mtu, Complain complain) : mtu_(mtu), complain_(std::move(complain)) {}

  void OnSent(const Packet& packet, Instant now);
  void OnReceived(const Packet& packet);

  /// Bytes that all connections sent more than once.
  std::uint64_t repeated() const;

 private:
  ClientRules* Find(const FlowKey& flow);

  const std::size_t mtu_;
  const Complain complain_;
  std::deque<ClientRules> connections_;
  std::map<std::string, ClientRules*> newest_;  // of each flow
};

}  // namespace tcpcopy::sim
