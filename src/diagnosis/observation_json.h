#pragma once

#include <string>
#include <string_view>

#include "netstack/base/result.h"
#include "src/diagnosis/observation.h"

namespace tcpcopy {

/// An observation as the text in which it travels from an intercept to the doctor; at most
/// `kMaxObservationBytes`, for which lists are cut if they must be.
std::string ToJson(const Observation& observation);

inline constexpr std::size_t kMaxObservationBytes = 60 * 1024;

/// Reads it. It comes from another host: the error says in a few words what is wrong with it, and
/// what this program does not know is skipped.
Result<Observation, std::string> ParseObservation(std::string_view json);

}  // namespace tcpcopy
