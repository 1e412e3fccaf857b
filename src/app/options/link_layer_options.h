#pragma once

#include <optional>
#include <string>
#include <vector>

#include "netstack/wire/ethernet_header.h"
#include "src/app/options/command_line.h"
#include "src/replay/target_map.h"

namespace tcpcopy {

/// By which layer of the kernel packets leave.
enum class SendLayer {
  kAuto,  // at the link layer where the next hop is known, else through IP
  kIp,
  kLink,
};

/// How packets leave, past the kernel's IP or not.
struct LinkLayerOptions {
  SendLayer layer = SendLayer::kAuto;  // --send; kLink with -o
  std::vector<std::string> devices;    // -o; empty: those that the kernel's routes take
  std::optional<VlanTag> vlan;         // --vlan

  /// Whether they leave at the link layer or not at all.
  bool InUse() const { return layer == SendLayer::kLink; }
};

/// The options that fill `options`, which must outlive the parsing.
OptionGroup LinkLayerOptionGroup(LinkLayerOptions& options);

/// To be called when all options of `line` are set: completes them, refuses what does not go
/// together.
std::optional<OptionsExit> CheckLinkLayerOptions(const CommandLine& line, LinkLayerOptions& options,
                                                 const TargetMap& targets);

}  // namespace tcpcopy
