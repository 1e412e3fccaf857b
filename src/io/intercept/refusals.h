#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "src/io/intercept/messages.h"

namespace tcpcopy {

// What is said when one does not let the other in: the same to the other side and in one's own log.

inline constexpr std::string_view kNoSecretText =
    "one side knows a secret and the other does not; give both the same --secret-file";
inline constexpr std::string_view kWrongSecretText =
    "the secrets are not the same; give both the same --secret-file";
inline constexpr std::string_view kBrokenText = "what came is no message of the protocol";
inline constexpr std::string_view kSpeaksClassicText =
    "tcpcopy speaks TCPCopy 1.x's protocol and intercept does not; --protocol=classic makes it";
inline constexpr std::string_view kSpeaksOwnText =
    "intercept speaks TCPCopy 1.x's protocol only and tcpcopy does not; --protocol=classic is "
    "given to both or to none";
inline constexpr std::string_view kNotAllowedText = "the address is not one of those in --allow";
inline constexpr std::string_view kFullText = "intercept serves as many connections as it may";
inline constexpr std::string_view kCrowdedText =
    "too many others came that had not said who they are, either";
inline constexpr std::string_view kSilentText = "nothing came for three seconds";
inline constexpr std::string_view kClassicHintText =
    "an intercept of TCPCopy 1.x is reached with --protocol=classic";
inline constexpr std::string_view kStuckText =
    "it has taken nothing of what waits for it for ten seconds";

/// That there is no version that both speak.
inline std::string VersionsText(const Hello& connector, const Hello& listener) {
  return fmt::format("tcpcopy speaks versions {} to {} of the protocol, intercept {} to {}",
                     connector.oldest_version, connector.newest_version, listener.oldest_version,
                     listener.newest_version);
}

}  // namespace tcpcopy
