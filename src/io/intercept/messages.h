#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netstack/base/bytes.h"
#include "netstack/wire/endpoint.h"
#include "netstack/wire/flow_key.h"

namespace tcpcopy {

// The bodies of our own protocol's frames (docs/PROTOCOL.md), as values. A decoder gives nothing
// when the bytes are not what it says; it never reads beyond them.

/// The versions that this program speaks.
inline constexpr std::uint16_t kOldestVersion = 1;
inline constexpr std::uint16_t kNewestVersion = 1;

/// Who speaks.
enum class Role : std::uint8_t { kConnector = 1, kListener = 2 };  // tcpcopy, intercept

using Nonce = std::array<std::uint8_t, 32>;

/// The first frame of either side.
struct Hello {
  static constexpr std::size_t kMaxProgramBytes = 255;

  std::uint16_t oldest_version = kOldestVersion;
  std::uint16_t newest_version = kNewestVersion;
  Role role = Role::kConnector;
  bool has_secret = false;
  std::uint32_t payload_bytes = 0;  // what a connector wants of each reply; a listener says 0
  Nonce nonce{};
  std::string program;  // name and version, cut when it is too long

  bool operator==(const Hello&) const = default;

  /// The newest version that both speak.
  std::optional<std::uint16_t> CommonVersion(const Hello& other) const;

  std::vector<std::uint8_t> Encode() const;
  static std::optional<Hello> Decode(ConstBytes body);
};

/// Why one closes the connection.
enum class RefuseCode : std::uint8_t {
  kVersion = 1,
  kProtocol = 2,  // the other one of the two protocols
  kNotAllowed = 3,
  kNoSecret = 4,  // one side knows a secret and the other does not
  kWrongSecret = 5,
  kFull = 6,
  kBroken = 7,  // what came is no message of the protocol
};

/// The last frame before one closes the connection.
struct Refusal {
  static constexpr std::size_t kMaxTextBytes = 400;

  RefuseCode code = RefuseCode::kBroken;  // may be a value that is not listed
  std::string text;                       // one line for the user, cut when it is too long

  bool operator==(const Refusal&) const = default;

  std::vector<std::uint8_t> Encode() const;
  static std::optional<Refusal> Decode(ConstBytes body);
};

/// Sent each second by both sides: that they live, and their counters since they began to speak.
struct Heartbeat {
  // Of a connector: announcements. Of a listener: replies to this connector.
  std::uint64_t sent = 0;
  std::uint64_t dropped = 0;  // because the other side reads too slowly
  // Of a listener: what its capture saw, for everybody, and what it lost.
  std::uint64_t captured = 0;
  std::uint64_t capture_dropped = 0;

  bool operator==(const Heartbeat&) const = default;

  std::vector<std::uint8_t> Encode() const;
  static std::optional<Heartbeat> Decode(ConstBytes body);
};

std::vector<std::uint8_t> EncodeTargets(std::span<const Endpoint> targets);
std::optional<std::vector<Endpoint>> DecodeTargets(ConstBytes body);

// ANNOUNCE and WITHDRAW are flows one after the other, both ends of the same family.

std::size_t FlowBytes(const FlowKey& flow);
/// `room` has FlowBytes(flow) bytes.
void WriteFlow(const FlowKey& flow, MutableBytes room);
/// Takes the first flow off `rest`.
std::optional<FlowKey> TakeFlow(ConstBytes& rest);

// REPLIES are packets one after the other.

inline constexpr std::size_t kReplyHeaderBytes = 8;

struct Reply {
  ConstBytes packet;  // from the IP header on, maybe cut
  std::size_t wire_length = 0;
};

/// `room` has kReplyHeaderBytes + packet.size() bytes.
void WriteReply(const Reply& reply, MutableBytes room);
/// Takes the first packet off `rest`.
std::optional<Reply> TakeReply(ConstBytes& rest);

/// What a peer says, fit for one line of a log: printable ASCII, `max` bytes at most.
std::string Printable(std::string_view text, std::size_t max);

}  // namespace tcpcopy
