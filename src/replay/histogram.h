#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "netstack/base/time.h"

namespace tcpcopy {

/// How long things took: counts in buckets whose width grows with the value (after HdrHistogram),
/// so that any percentile is known within 1/32 of itself, or one microsecond, in a fixed 9 KB.
/// Values are whole microseconds, rounded up; all above `kLongest` count as that. Adding them is
/// all that it takes to merge two.
class Histogram {
 public:
  static constexpr Duration kLongest = std::chrono::hours(24 * 10);

  /// A time before zero counts as zero.
  void Add(Duration value, std::uint64_t times = 1);
  Histogram& operator+=(const Histogram& other);
  bool operator==(const Histogram&) const = default;

  std::uint64_t count() const { return count_; }
  /// Exact; zero when there is none.
  Duration max() const { return max_; }
  /// The least value that `percent` (above 0, at most 100) of all do not exceed, as the upper bound
  /// of its bucket; zero when there is none.
  Duration Percentile(double percent) const;

  /// Calls `visit(upper bound, count)` for each bucket that is not empty, the shortest times first.
  template <typename Visit>
  void ForEachBucket(Visit visit) const {
    for (std::size_t i = 0; i < kBuckets; ++i) {
      if (buckets_[i] > 0) visit(UpperBound(i), buckets_[i]);
    }
  }

 private:
  static constexpr unsigned kBits = 5;  // of precision: each power of two has 32 buckets
  static constexpr unsigned kMostBits = 40;
  static constexpr std::size_t kBuckets = (kMostBits - kBits + 1) << kBits;

  static std::size_t BucketOf(std::uint64_t microseconds);
  static Duration UpperBound(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  Duration max_{0};
};

}  // namespace tcpcopy
