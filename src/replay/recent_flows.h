#pragma once

#include <tsl/robin_map.h>

#include <cstdint>
#include <vector>

#include "netstack/wire/flow_key.h"

namespace tcpcopy {

/// What is remembered of captured connections that are no sessions, by flow. The oldest is
/// forgotten at `kMaxFlows`. Allocates only when more flows are known than ever before.
template <typename Value>
class RecentFlows {
 public:
  static constexpr std::size_t kMaxFlows = 65536;

  explicit RecentFlows(std::uint64_t hash_seed) : flows_(0, FlowKeyHash{hash_seed}) {
    ages_.reserve(kMaxFlows);
  }

  /// Remembers `flow`, in the place of an older value. The reference is valid until the next
  /// change.
  Value& Add(const FlowKey& flow, const Value& value) {
    flows_.insert_or_assign(flow, Entry{value, added_});
    Note({flow, added_});
    ++added_;
    return *Find(flow);
  }
  void Remove(const FlowKey& flow) { flows_.erase(flow); }
  /// Forgets all of them; what was allocated is kept.
  void Clear() {
    if (added_ == 0) return;
    flows_.clear();
    ages_.clear();
    added_ = 0;
  }
  /// nullptr when unknown. Valid until the next change.
  Value* Find(const FlowKey& flow) {
    const auto it = flows_.find(flow);
    return it == flows_.end() ? nullptr : &it.value().value;
  }

 private:
  struct Entry {
    Value value;
    std::uint64_t generation;
  };
  struct Age {
    FlowKey flow;
    std::uint64_t generation;
  };

  /// Puts `age` in the place of the oldest, whose flow is forgotten unless it was renewed.
  void Note(const Age& age) {
    if (ages_.size() < kMaxFlows) return ages_.push_back(age);
    Age& oldest = ages_[age.generation % kMaxFlows];
    const auto it = flows_.find(oldest.flow);
    if (it != flows_.end() && it->second.generation == oldest.generation) flows_.erase(it);
    oldest = age;
  }

  tsl::robin_map<FlowKey, Entry, FlowKeyHash> flows_;
  std::vector<Age> ages_;  // a ring by generation; may name flows that are gone or were renewed
  std::uint64_t added_ = 0;
};

}  // namespace tcpcopy
