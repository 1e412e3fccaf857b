#pragma once

#include <tsl/robin_map.h>

#include <cstdint>
#include <vector>

#include "src/replay/client_flow.h"

namespace tcpcopy {

/// What is remembered of flows that are no sessions, or no longer. The oldest is forgotten at the
/// capacity. Allocates only when more flows are known than ever before.
template <typename Value, typename Flow = ClientFlow, typename Hash = ClientFlowHash>
class RecentFlows {
 public:
  /// `capacity` must not be 0.
  RecentFlows(std::uint64_t hash_seed, std::size_t capacity)
      : capacity_(capacity), flows_(0, Hash{hash_seed}) {
    ages_.reserve(capacity);  // takes memory only as it is filled
  }

  /// At most what one remembered flow takes: the table doubles when half of its places are taken.
  static constexpr std::size_t kBytesAFlow = 4 * (sizeof(Flow) + sizeof(Value) + 24) + sizeof(Flow);

  /// Remembers `flow`, in the place of an older value. The reference is valid until the next
  /// change.
  Value& Add(const Flow& flow, const Value& value) {
    // Room for it first, so that its place does not move any more.
    Note({flow, added_});
    const auto [it, is_new] = flows_.insert_or_assign(flow, Entry{value, added_});
    ++added_;
    return it.value().value;
  }
  void Remove(const Flow& flow) {
    if (!flows_.empty()) flows_.erase(flow);
  }
  /// Forgets all of them; what was allocated is kept.
  void Clear() {
    if (added_ == 0) return;
    flows_.clear();
    ages_.clear();
    added_ = 0;
  }
  /// nullptr when unknown. Valid until the next change.
  Value* Find(const Flow& flow) {
    if (flows_.empty()) return nullptr;
    const auto it = flows_.find(flow);
    return it == flows_.end() ? nullptr : &it.value().value;
  }

 private:
  struct Entry {
    Value value;
    std::uint64_t generation;
  };
  struct Age {
    Flow flow;
    std::uint64_t generation;
  };

  /// Puts `age` in the place of the oldest, whose flow is forgotten unless it was renewed.
  void Note(const Age& age) {
    if (ages_.size() < capacity_) return ages_.push_back(age);
    Age& oldest = ages_[age.generation % capacity_];
    const auto it = flows_.find(oldest.flow);
    if (it != flows_.end() && it->second.generation == oldest.generation) flows_.erase(it);
    oldest = age;
  }

  const std::size_t capacity_;
  tsl::robin_map<Flow, Entry, Hash> flows_;
  std::vector<Age> ages_;  // a ring by generation; may name flows that are gone or were renewed
  std::uint64_t added_ = 0;
};

}  // namespace tcpcopy
