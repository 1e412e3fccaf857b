#include "src/replay/left_out_flows.h"

#include "netstack/base/check.h"

namespace tcpcopy {

void LeftOutFlows::Add(const FlowKey& captured, const LeftOutFlow& flow) {
  flows_.insert_or_assign(captured, Entry{flow, next_generation_});
  oldest_first_.push_back({captured, next_generation_});
  ++next_generation_;
  while (oldest_first_.size() > kMaxFlows) {
    const auto it = flows_.find(oldest_first_.front().key);
    if (it != flows_.end() && it->second.generation == oldest_first_.front().generation) {
      flows_.erase(it);
    }
    oldest_first_.pop_front();
  }
}

const LeftOutFlow* LeftOutFlows::Find(const FlowKey& captured) const {
  const auto it = flows_.find(captured);
  return it == flows_.end() ? nullptr : &it->second.flow;
}

std::uint64_t LeftOutFlows::CountNewBytes(const FlowKey& captured, const TcpSegment& segment) {
  const auto it = flows_.find(captured);
  TCPCOPY_CHECK(it != flows_.end());
  LeftOutFlow& flow = it.value().flow;
  const SeqNum begin = segment.flags.syn() ? segment.seq + 1 : segment.seq;
  const SeqNum end = begin + segment.payload_length;
  if (segment.payload_length == 0 || end <= flow.next) return 0;
  const SeqNum from = begin > flow.next ? begin : flow.next;
  flow.next = end;
  return static_cast<std::uint64_t>(end - from);
}

}  // namespace tcpcopy
