#pragma once

#include <optional>
#include <string>
#include <vector>

#include "netstack/wire/ethernet_header.h"
#include "src/app/options/command_line.h"
#include "src/replay/target_map.h"

namespace tcpcopy {

/// How packets leave past the kernel's IP.
struct LinkLayerOptions {
  std::vector<std::string> devices;  // -o; empty: they do not, the kernel routes them
  std::optional<VlanTag> vlan;       // --vlan

  bool InUse() const { return !devices.empty(); }
};

/// The options that fill `options`, which must outlive the parsing.
OptionGroup LinkLayerOptionGroup(LinkLayerOptions& options);

/// To be called when all options of `line` are set: refuses what does not go together.
std::optional<OptionsExit> CheckLinkLayerOptions(const CommandLine& line,
                                                 const LinkLayerOptions& options,
                                                 const TargetMap& targets);

}  // namespace tcpcopy
