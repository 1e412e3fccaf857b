#pragma once

#include <string>

#include "src/replay/target_map.h"

namespace tcpcopy {

// With many mappings these let more through than is meant: anything to, or from, a range of ports.

/// pcap filter of what clients send to the sources of `targets`, joined with `extra` (-F) when that
/// is not empty.
std::string ClientFilter(const TargetMap& targets, const std::string& extra);

/// pcap filter of what the targets of `targets` send, and of what routers tell of packets that were
/// too big on the way there (of any packets: whose they are stands where a filter hardly gets).
std::string ReplyFilter(const TargetMap& targets);

}  // namespace tcpcopy
