#pragma once

#include <tsl/robin_set.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "src/replay/client_flow.h"

namespace tcpcopy {

/// What is remembered of flows that are no sessions, or no longer. The oldest is forgotten at the
/// capacity. Allocates only when more flows are known than ever before.
///
/// The flows lie in the order in which they came; the table holds their places alone, so that it
/// stays small, and what is new is written behind what was written last.
template <typename Value, typename Flow = ClientFlow, typename Hash = ClientFlowHash>
class RecentFlows {
 public:
  /// `capacity` must not be 0.
  RecentFlows(std::uint64_t hash_seed, std::size_t capacity)
      : capacity_(std::min<std::size_t>(capacity, UINT32_MAX)),
        table_(0, PlaceHash{Hash{hash_seed}, &entries_}, PlaceEqual{&entries_}) {
    table_.max_load_factor(kMostFull);
    entries_.reserve(capacity_);  // takes memory only as it is filled
  }
  RecentFlows(const RecentFlows&) = delete;
  RecentFlows& operator=(const RecentFlows&) = delete;

  /// Remembers `flow`, in the place of an older value. The reference is valid until the next
  /// change.
  Value& Add(const Flow& flow, const Value& value) {
    const auto place = static_cast<std::uint32_t>(added_++ % capacity_);
    if (place == entries_.size()) {
      entries_.push_back({flow, value, true});
    } else {
      Entry& oldest = entries_[place];
      if (oldest.is_known) table_.erase(table_.find(oldest.flow));
      oldest = {flow, value, true};
    }
    const auto [former, is_new] = table_.insert(place);
    if (!is_new) {
      entries_[*former].is_known = false;
      table_.erase(former);
      table_.insert(place);
    }
    return entries_[place].value;
  }
  void Remove(const Flow& flow) {
    if (table_.empty()) return;
    const auto place = table_.find(flow);
    if (place == table_.end()) return;
    entries_[*place].is_known = false;
    table_.erase(place);
  }
  /// Forgets all of them; what was allocated is kept.
  void Clear() {
    if (added_ == 0) return;
    table_.clear();
    entries_.clear();
    added_ = 0;
  }
  /// nullptr when unknown. Valid until the next change.
  Value* Find(const Flow& flow) {
    if (table_.empty()) return nullptr;
    const auto place = table_.find(flow);
    return place == table_.end() ? nullptr : &entries_[*place].value;
  }

 private:
  struct Entry {
    Flow flow;
    Value value;
    bool is_known;  // or removed, or renewed elsewhere
  };
  using Entries = std::vector<Entry>;

  struct PlaceHash {
    Hash hash;
    const Entries* entries;
    std::size_t operator()(const Flow& flow) const { return hash(flow); }
    std::size_t operator()(std::uint32_t place) const { return hash((*entries)[place].flow); }
  };
  struct PlaceEqual {
    using is_transparent = void;
    const Entries* entries;
    bool operator()(std::uint32_t a, std::uint32_t b) const {
      return (*entries)[a].flow == (*entries)[b].flow;
    }
    bool operator()(std::uint32_t a, const Flow& b) const { return (*entries)[a].flow == b; }
    bool operator()(const Flow& a, std::uint32_t b) const { return a == (*entries)[b].flow; }
  };

  static constexpr float kMostFull = 0.85F;
  /// A place, a part of its hash, and how far it lies from where it belongs.
  static constexpr std::size_t kTableBytes = 12;

  const std::size_t capacity_;
  Entries entries_;  // a ring, once it is full
  tsl::robin_set<std::uint32_t, PlaceHash, PlaceEqual, std::allocator<std::uint32_t>, true> table_;
  std::uint64_t added_ = 0;

 public:
  /// At most what one remembered flow takes, when the table is doubling.
  static constexpr std::size_t kBytesAFlow =
      sizeof(Entry) + static_cast<std::size_t>((2 + 1) * kTableBytes / kMostFull);
};

}  // namespace tcpcopy
