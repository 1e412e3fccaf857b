#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tcpcopy {

/// Ports first..last, both included.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;

  bool Contains(std::uint16_t port) const { return first <= port && port <= last; }
  bool operator==(const PortRange&) const = default;
};

/// One bit a port.
using PortSet = std::bitset<65536>;

/// The ranges of a set, ascending and as few as possible.
std::vector<PortRange> ToRanges(const PortSet& ports);

/// Reads "80,8000-8100"; empty text is no range. None when it is anything else.
std::optional<std::vector<PortRange>> ParsePortRanges(std::string_view text);

}  // namespace tcpcopy
