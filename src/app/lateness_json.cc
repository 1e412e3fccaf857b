#include "src/app/lateness_json.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace tcpcopy {
namespace {

using Json = nlohmann::ordered_json;
using Microseconds = std::chrono::duration<double, std::micro>;

double InMicroseconds(Duration time) { return Microseconds(time).count(); }

std::optional<Duration> UpperBound(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value > 2 * (Histogram::kLongest / std::chrono::microseconds(1))) return std::nullopt;
  return std::chrono::microseconds(value);
}

}  // namespace

Json LatenessJson(const Histogram& lateness) {
  Json buckets = Json::object();
  lateness.ForEachBucket([&buckets](Duration upper, std::uint64_t count) {
    buckets[std::to_string(upper / std::chrono::microseconds(1))] = count;
  });
  return {{"sessions", lateness.count()},
          {"p50_us", InMicroseconds(lateness.Percentile(50))},
          {"p99_us", InMicroseconds(lateness.Percentile(99))},
          {"max_us", InMicroseconds(lateness.max())},
          {"buckets_us", buckets}};
}

std::optional<Histogram> ReadLateness(const Json& json) {
  const auto has = [&json](const char* key) { return json.is_object() && json.contains(key); };
  if (!has("sessions") || !has("max_us") || !has("buckets_us")) return std::nullopt;
  if (!json["max_us"].is_number() || !json["buckets_us"].is_object()) return std::nullopt;
  const double max = json["max_us"].get<double>();
  if (max < 0 || max > InMicroseconds(Histogram::kLongest)) return std::nullopt;
  const auto longest = std::chrono::round<Duration>(Microseconds(max));
  Histogram histogram;
  for (const auto& [name, count] : json["buckets_us"].items()) {
    const auto upper = UpperBound(name);
    if (!upper || !count.is_number_unsigned()) return std::nullopt;
    histogram.Add(std::min(*upper, longest), count.get<std::uint64_t>());
  }
  if (json["sessions"] != histogram.count()) return std::nullopt;
  return histogram;
}

}  // namespace tcpcopy
