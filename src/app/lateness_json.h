#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "src/replay/histogram.h"

namespace tcpcopy {

/// How late sessions began, for the summary: how many, percentiles, and the buckets that they are
/// taken from, by their upper bounds in microseconds, so that those of several runs can be added.
nlohmann::ordered_json LatenessJson(const Histogram& lateness);

/// Reads what `LatenessJson` has written; none when it is damaged.
std::optional<Histogram> ReadLateness(const nlohmann::ordered_json& json);

}  // namespace tcpcopy
