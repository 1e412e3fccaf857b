#pragma once

#include <cstddef>
#include <cstdint>

namespace tcpcopy {

/// What tcpcopy and intercept speak with each other; docs/PROTOCOL.md has both byte by byte.
enum class ReplyProtocol {
  kOwn,      // ours: IPv6, payload, heartbeats, proof of a shared secret
  kClassic,  // that of TCPCopy 1.x: IPv4, headers only, nothing else
};

/// Where an intercept listens when nobody says otherwise.
inline constexpr std::uint16_t kInterceptPort = 36524;

/// `payload_bytes` of one who wants replies whole.
inline constexpr std::uint32_t kWholePayload = 0xffffffff;

/// The longest question or answer, in bytes.
inline constexpr std::size_t kMaxQuestionBytes = 64 * 1024;

}  // namespace tcpcopy
