#pragma once

#include "src/replay/address_allocator.h"

namespace tcpcopy::testing {

inline Endpoint At(const char* address, std::uint16_t port) {
  return {*IpAddress::Parse(address), port};
}

/// For allocators that are asked while no session is live.
inline bool NoneInUse(const FlowKey&) { return false; }

/// An endpoint as text; "none" when there is none.
inline std::string Text(const std::optional<Endpoint>& endpoint) {
  return endpoint ? endpoint->ToString() : "none";
}

}  // namespace tcpcopy::testing
