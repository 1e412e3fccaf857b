#include "src/app/add_summaries.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "src/app/lateness_json.h"
#include "src/app/summary_head.h"
#include "src/replay/shard.h"

namespace tcpcopy {
namespace {

using Json = nlohmann::ordered_json;
/// What is wrong; empty when nothing is.
using Problem = std::optional<std::string>;

constexpr std::streamsize kLongestFile = 1 << 20;
constexpr const char* kElapsed = "elapsed_s";
constexpr const char* kLateness = "lateness";
constexpr const char* kShard = "shard";

Result<Json, std::string> ReadJson(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Err(fmt::format("cannot be read: {}", std::strerror(errno)));
  std::string text(kLongestFile, '\0');
  file.read(text.data(), kLongestFile);
  if (file.bad() || (!file.eof() && file.fail())) return Err(std::string("cannot be read"));
  if (!file.eof()) return Err(std::string("is too long for a summary"));
  text.resize(static_cast<std::size_t>(file.gcount()));
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return Err(std::string("is damaged, or no summary: it is no JSON object"));
  return json;
}

/// The texts that all summaries of a sum share.
Problem CheckHead(const Json& summary, const Json& sum) {
  const Json ours = SummaryHead();
  for (const auto& [key, value] : ours.items()) {
    if (key == "version" || (summary.contains(key) && summary[key] == value)) continue;
    return fmt::format("is no summary of this kind: its {} is not {}", key, value.dump());
  }
  for (const char* const key : {"version", "transport"}) {
    if (!summary.contains(key) || !summary[key].is_string()) {
      return fmt::format("is damaged: it has no {}", key);
    }
    if (summary[key] != sum[key]) {
      return fmt::format("is of another {} ({}) than the first one ({})", key, summary[key].dump(),
                         sum[key].dump());
    }
  }
  return std::nullopt;
}

/// What there is at `group`.`key`; null when there is nothing.
Json Find(const Json& summary, const char* group, const char* key) {
  if (!summary.contains(group) || !summary[group].is_object()) return {};
  return summary[group].value(key, Json());
}

/// The sum of the counts in an object, or a count itself.
std::uint64_t Total(const Json& counts) {
  std::uint64_t total = 0;
  for (const auto& [name, count] : counts.items()) {
    if (count.is_number_unsigned()) total += count.get<std::uint64_t>();
  }
  return total;
}

/// What holds for every ledger, so that a file that lost a part of itself is found.
Problem CheckTotals(const Json& summary) {
  const auto total = [&](const char* group, const char* key) {
    return Total(Find(summary, group, key));
  };
  const std::uint64_t sessions = total("sessions", "outcomes") + total("sessions", "active");
  const std::uint64_t packets = total("packets", "verdicts") + total("packets", "unparsable");
  const bool adds_up = Find(summary, "sessions", "seen") == sessions &&
                       Find(summary, "packets", "captured") == packets &&
                       summary.contains(kElapsed);
  if (adds_up) return std::nullopt;
  return "is damaged: its numbers do not add up";
}

// ---------------------------------------------------------------------------------------------------
// Adding.

Problem AddCount(Json& sum, const Json& more, const std::string& name) {
  if (!more.is_number_unsigned() || !sum.is_number_unsigned()) {
    return fmt::format("is damaged: {} is no count", name);
  }
  std::uint64_t total = 0;
  if (__builtin_add_overflow(sum.get<std::uint64_t>(), more.get<std::uint64_t>(), &total)) {
    return fmt::format("is damaged: {} is too large", name);
  }
  sum = total;
  return std::nullopt;
}

/// Adds each count of `more`, in objects within objects. What `sum` does not have yet is taken
/// over.
Problem AddCounts(Json& sum, const Json& more, const std::string& name) {
  if (!more.is_object()) return AddCount(sum, more, name);
  if (!sum.is_object()) return fmt::format("is damaged: {} is no count", name);
  for (const auto& [key, value] : more.items()) {
    if (!sum.contains(key)) sum[key] = value.is_object() ? Json::object() : Json(0U);
    const std::string inner = name.empty() ? key : name + "." + key;
    if (auto problem = AddCounts(sum[key], value, inner)) return problem;
  }
  return std::nullopt;
}

/// The runs were side by side.
Problem AddElapsed(Json& sum, const Json& more) {
  if (!more.is_number()) return fmt::format("is damaged: {} is no number", kElapsed);
  sum = std::max(sum.get<double>(), more.get<double>());
  return std::nullopt;
}

/// Which shards have been added; of how many.
class Shards {
 public:
  /// Notes those of a summary, whose `shard` may be none.
  Problem Add(const Json& shard);
  /// What stands for them in the sum; nothing for all, or none.
  Json ToJson() const;
  /// "shards 2, 5 of 6"; empty when none is missing.
  std::string Missing() const;

 private:
  /// Whether no shard is missing.
  bool AreAll() const { return of_ <= 1 || numbers_.size() == of_; }

  std::uint64_t of_ = 0;  // 0: nothing was added; 1: without shards
  std::set<std::uint64_t> numbers_;
};

Problem Shards::Add(const Json& shard) {
  const bool is_whole = shard.is_null();
  if (!is_whole && !(shard.is_object() && shard.value("of", Json()).is_number_unsigned() &&
                     shard.value("numbers", Json()).is_array())) {
    return "is damaged: its shard is none";
  }
  const std::uint64_t of = is_whole ? 1 : shard["of"].get<std::uint64_t>();
  if (!is_whole && (of < 2 || of > Shard::kMost)) return "is damaged: its shard is none";
  if (of_ > 0 && of_ != of) {
    return fmt::format("is of {} shard(s), the ones before it of {}", of, of_);
  }
  of_ = of;
  if (is_whole) return std::nullopt;
  for (const Json& number : shard["numbers"]) {
    const bool good = number.is_number_unsigned() && number >= 1U && number <= of;
    if (!good) return "is damaged: its shard is none";
    if (!numbers_.insert(number.get<std::uint64_t>()).second) {
      return fmt::format("is of shard {}/{}, which was added already", number.dump(), of);
    }
  }
  return std::nullopt;
}

Json Shards::ToJson() const {
  if (AreAll()) return {};
  return {{"of", of_}, {"numbers", numbers_}};
}

std::string Shards::Missing() const {
  constexpr std::size_t kMostNamed = 20;
  if (AreAll()) return "";
  std::vector<std::string> missing;
  for (std::uint64_t number = 1; number <= of_ && missing.size() < kMostNamed; ++number) {
    if (!numbers_.contains(number)) missing.push_back(std::to_string(number));
  }
  const bool more = missing.size() < of_ - numbers_.size();
  return fmt::format("not all shards of {} are added up: {} missing ({}{})", of_,
                     of_ - numbers_.size(), fmt::join(missing, ", "), more ? ", ..." : "");
}

/// What is no count, but can be added.
struct Others {
  Histogram lateness;
  Shards shards;
};

Problem AddLateness(Histogram& sum, const Json& summary) {
  if (!summary.contains(kLateness)) return std::nullopt;
  const auto lateness = ReadLateness(summary[kLateness]);
  if (!lateness) return fmt::format("is damaged: its {} is none", kLateness);
  sum += *lateness;
  return std::nullopt;
}

Problem Add(Json& sum, Json summary, Others& others) {
  if (auto problem = CheckHead(summary, sum)) return problem;
  if (auto problem = CheckTotals(summary)) return problem;
  if (auto problem = others.shards.Add(summary.value(kShard, Json()))) return problem;
  if (auto problem = AddLateness(others.lateness, summary)) return problem;
  if (auto problem = AddElapsed(sum[kElapsed], summary[kElapsed])) return problem;
  summary["sessions"].erase("by_worker");  // of each run's own
  summary.erase(kShard);
  summary.erase(kLateness);
  summary.erase(kElapsed);
  summary.erase("transport");
  const Json head = SummaryHead();
  for (const auto& [key, value] : head.items()) summary.erase(key);
  return AddCounts(sum, summary, "");
}

/// Nothing, of the kind of `first`, with its keys in their order.
Json BeginSum(const Json& first) {
  Json sum = SummaryHead();
  for (const char* const key : {"version", "transport"}) sum[key] = first.value(key, Json());
  for (const auto& [key, value] : first.items()) {
    if (key == kShard || key == kLateness) continue;
    if (value.is_object()) sum[key] = Json::object();
  }
  sum[kElapsed] = 0.0;
  return sum;
}

}  // namespace

Result<SummarySum, std::string> AddSummaries(const std::vector<std::string>& paths) {
  Json sum;
  Others others;
  std::set<std::string> added;
  for (const std::string& path : paths) {
    if (!added.insert(path).second) return Err(fmt::format("{}: is given twice", path));
    const auto summary = ReadJson(path);
    if (!summary) return Err(fmt::format("{}: {}", path, summary.error()));
    if (sum.is_null()) sum = BeginSum(*summary);
    if (const auto problem = Add(sum, *summary, others)) {
      return Err(fmt::format("{}: {}", path, *problem));
    }
  }
  if (others.lateness.count() > 0) sum[kLateness] = LatenessJson(others.lateness);
  if (const Json left = others.shards.ToJson(); !left.is_null()) sum[kShard] = left;
  return SummarySum{sum.dump(2) + "\n", others.shards.Missing()};
}

}  // namespace tcpcopy
