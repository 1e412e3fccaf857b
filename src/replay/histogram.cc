#include "src/replay/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tcpcopy {

/// Below 32 each number has a bucket. Above, the last `kBits` + 1 significant bits tell it.
std::size_t Histogram::BucketOf(std::uint64_t microseconds) {
  const auto bits = static_cast<unsigned>(std::bit_width(microseconds));
  if (bits <= kBits) return microseconds;
  const unsigned shift = bits - kBits - 1;
  return (std::size_t{shift} << kBits) + (microseconds >> shift);
}

Duration Histogram::UpperBound(std::size_t bucket) {
  constexpr std::size_t kWidth = std::size_t{1} << kBits;
  if (bucket < 2 * kWidth) return std::chrono::microseconds(bucket);
  const std::size_t shift = bucket / kWidth - 1;
  const std::uint64_t first = (kWidth + bucket % kWidth) << shift;
  return std::chrono::microseconds(first + (std::uint64_t{1} << shift) - 1);
}

void Histogram::Add(Duration value, std::uint64_t times) {
  if (times == 0) return;
  value = std::clamp(value, Duration{0}, kLongest);
  const auto whole = std::chrono::ceil<std::chrono::microseconds>(value).count();
  buckets_[BucketOf(static_cast<std::uint64_t>(whole))] += times;
  count_ += times;
  max_ = std::max(max_, value);
}

Histogram& Histogram::operator+=(const Histogram& other) {
  for (std::size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  return *this;
}

Duration Histogram::Percentile(double percent) const {
  const double wanted = std::ceil(static_cast<double>(count_) * percent / 100);
  const auto rank = std::max(std::uint64_t{1}, static_cast<std::uint64_t>(wanted));
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    below += buckets_[i];
    if (buckets_[i] > 0 && below >= rank) return std::min(UpperBound(i), max_);
  }
  return max_;
}

}  // namespace tcpcopy
