#pragma once

#include <algorithm>
#include <cstdint>
#include <map>

namespace tcpcopy::sim {

/// A set of stream offsets, kept as disjoint ranges [first, last) that do not touch.
class IntervalSet {
 public:
  /// Adds [first, last) and returns how many of its offsets were there already.
  std::uint64_t Insert(std::uint64_t first, std::uint64_t last) {
    if (first >= last) return 0;
    std::uint64_t known = 0;
    std::uint64_t left = first;
    std::uint64_t right = last;
    auto it = ranges_.upper_bound(first);
    if (it != ranges_.begin() && std::prev(it)->second >= first) --it;
    while (it != ranges_.end() && it->first <= last) {
      const std::uint64_t begin = std::max(first, it->first);
      const std::uint64_t end = std::min(last, it->second);
      known += end > begin ? end - begin : 0;
      left = std::min(left, it->first);
      right = std::max(right, it->second);
      it = ranges_.erase(it);
    }
    ranges_.emplace(left, right);
    return known;
  }

  bool Contains(std::uint64_t first, std::uint64_t last) const {
    const auto it = ranges_.upper_bound(first);
    return it != ranges_.begin() && std::prev(it)->second >= last;
  }

  /// How far the set reaches from 0 on without a hole.
  std::uint64_t Prefix() const {
    return ranges_.empty() || ranges_.begin()->first > 0 ? 0 : ranges_.begin()->second;
  }

  /// Behind the highest offset; 0 when empty.
  std::uint64_t End() const { return ranges_.empty() ? 0 : std::prev(ranges_.end())->second; }

  const std::map<std::uint64_t, std::uint64_t>& ranges() const { return ranges_; }
  void Clear() { ranges_.clear(); }

 private:
  std::map<std::uint64_t, std::uint64_t> ranges_;  // first -> last
};

}  // namespace tcpcopy::sim
