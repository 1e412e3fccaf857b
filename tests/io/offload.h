#pragma once

#include <linux/ethtool.h>

#include <cstdint>

namespace tcpcopy::testing {

/// Switches one of a device's offloads, e.g. ETHTOOL_SGRO; a failed test when it cannot be.
void SetOffload(const char* interface, std::uint32_t command, bool on);

}  // namespace tcpcopy::testing
