#pragma once

#include <cstdint>

#include "netstack/base/bytes.h"

namespace tcpcopy::testing {

/// RFC 1071 4.1, word by word: `bytes` added to a sum, without the complement at the end.
inline std::uint32_t SlowSum(std::uint32_t sum, ConstBytes bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += i % 2 == 0 ? std::uint32_t{bytes[i]} << 8 : bytes[i];
    sum = (sum & 0xFFFF) + (sum >> 16);
  }
  return sum;
}

}  // namespace tcpcopy::testing
