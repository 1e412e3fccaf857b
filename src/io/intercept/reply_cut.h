#pragma once

#include <cstddef>
#include <cstdint>

#include "netstack/base/bytes.h"

namespace tcpcopy {

/// The front of `packet` (from the IP header on, maybe cut; `wire_length` bytes on the wire) that
/// holds its headers and `payload_bytes` of its TCP payload. Of what is no whole TCP header, such
/// as a fragment, a few bytes more than headers take.
ConstBytes CutPayload(ConstBytes packet, std::size_t wire_length, std::uint32_t payload_bytes);

}  // namespace tcpcopy
