#pragma once

#include "src/replay/address_allocator.h"

namespace tcpcopy::testing {

inline Endpoint At(const char* address, std::uint16_t port) {
  return {*IpAddress::Parse(address), port};
}

/// For allocators that are asked while no session is live.
inline TupleState AllFree(const FlowKey&) { return TupleState::kFree; }

/// For those whose sessions are live where `is_live(flow)` says so; nothing rests.
template <typename IsLive>
AddressAllocator::StateOf LiveWhere(IsLive is_live) {
  return [is_live](const FlowKey& flow) {
    return is_live(flow) ? TupleState::kLive : TupleState::kFree;
  };
}

/// An endpoint as text; "none" when there is none.
inline std::string Text(const std::optional<Endpoint>& endpoint) {
  return endpoint ? endpoint->ToString() : "none";
}

}  // namespace tcpcopy::testing
