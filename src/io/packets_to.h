#pragma once

#include "src/io/packet_source.h"

namespace tcpcopy {

/// Hands packets to a member function, for owners that take those of several sources.
template <auto kOnPacket>
class PacketsTo;

template <typename Owner, void (Owner::*kOnPacket)(const CapturedPacket&)>
class PacketsTo<kOnPacket> final : public PacketHandler {
 public:
  /// `owner` is not owned.
  explicit PacketsTo(Owner& owner) : owner_(owner) {}
  void OnPacket(const CapturedPacket& packet) override { (owner_.*kOnPacket)(packet); }

 private:
  Owner& owner_;
};

}  // namespace tcpcopy
