#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tcpcopy {

/// How a captured session ended. Each ends in exactly one.
enum class Outcome : std::uint8_t {
  kCompleted,      // all that the client did, its close included, reached the target
  kAnswered,       // UDP: the target has answered at least one datagram
  kUnanswered,     // UDP: it has answered none
  kResetByClient,  // the client reset the connection, as replayed
  kCaptureEnded,   // all that was captured reached the target; the client's close was not captured
  kRefusedByTarget,    // RST in answer to the SYN; UDP: ICMP unreachable, and no answer
  kResetByTarget,      // RST later
  kTargetTimeout,      // the target did not answer, or not in time
  kRepliesLost,        // nobody was there to bring the target's replies, or is left to
  kCaptureGap,         // bytes of the client are missing in the capture
  kNoSynSeen,          // the capture began after the session did
  kLeftOutBySampling,  // -r
  kLeftOutByRamp,      // -g: not its turn yet
  kLeftOutByRate,      // --rate
  kLeftOutByCpuLimit,  // --cpu-limit
  kTooManySessions,    // --max-sessions
  kNoAddressOrPort,    // no free address and port to replay from
  kNoMemory,           // -m reached
  kEndedByUs,          // stopped while in flight
  kCount,
};

inline constexpr std::size_t kOutcomes = static_cast<std::size_t>(Outcome::kCount);

/// For people: "refused by target".
std::string_view ToString(Outcome outcome);
/// For programs: "refused_by_target".
std::string_view Key(Outcome outcome);

}  // namespace tcpcopy
