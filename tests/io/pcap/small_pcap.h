#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "netstack/base/time.h"

namespace tcpcopy::testing {

inline std::string Little32(std::uint32_t value) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

/// A pcap file of microseconds, raw IP unless told otherwise, with one packet of the bytes
/// `content` for each time.
inline std::string SmallPcap(const std::vector<Duration>& times, std::string_view content = "ab",
                             std::uint32_t link_type = 101) {
  const auto length = static_cast<std::uint32_t>(content.size());
  std::string file = Little32(0xA1B2C3D4) + Little32(0x00040002) + Little32(0) + Little32(0) +
                     Little32(65535) + Little32(link_type);
  for (const Duration time : times) {
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
    file += Little32(static_cast<std::uint32_t>(microseconds / 1'000'000)) +
            Little32(static_cast<std::uint32_t>(microseconds % 1'000'000)) + Little32(length) +
            Little32(length);
    file += content;
  }
  return file;
}

}  // namespace tcpcopy::testing
