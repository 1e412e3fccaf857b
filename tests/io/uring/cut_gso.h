#pragma once

#include <cstdint>
#include <vector>

#include "netstack/base/bytes.h"

namespace tcpcopy::testing {

/// The frames that a kernel or a device makes of `message`, which begins with a `virtio_net_hdr`,
/// then Ethernet: done here the slow way, by the book. One, when it tells of nothing to be cut.
/// Fails the test when the header does not fit the rest.
std::vector<std::vector<std::uint8_t>> CutGso(ConstBytes message);

}  // namespace tcpcopy::testing
