#include "src/app/options/link_layer_options.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "src/app/options/interface_list.h"

namespace tcpcopy {
namespace {

using Done = Result<void, std::string>;

constexpr WholeRange kVlanIds{1, 4094, "(a VLAN)"};
constexpr WholeRange kPriorities{0, 7, "(a priority)"};

Done SetDevices(const std::string& text, LinkLayerOptions& options) {
  auto devices = ParseInterfaces(text);
  if (!devices) return Err(devices.error());
  options.devices = std::move(*devices);
  return {};
}

Done SetLayer(const std::string& text, LinkLayerOptions& options) {
  if (text == "auto") {
    options.layer = SendLayer::kAuto;
  } else if (text == "ip") {
    options.layer = SendLayer::kIp;
  } else if (text == "link") {
    options.layer = SendLayer::kLink;
  } else {
    return Err("'" + text + "' is unknown");
  }
  return {};
}

Done SetVlan(std::string_view text, LinkLayerOptions& options) {
  const std::size_t colon = text.find(':');
  const auto id = ParseWhole(text.substr(0, colon), kVlanIds);
  if (!id) return Err(id.error());
  VlanTag tag{.id = static_cast<std::uint16_t>(*id)};
  if (colon != std::string_view::npos) {
    const auto priority = ParseWhole(text.substr(colon + 1), kPriorities);
    if (!priority) return Err(priority.error());
    tag.priority = static_cast<std::uint8_t>(*priority);
  }
  options.vlan = tag;
  return {};
}

}  // namespace

OptionGroup LinkLayerOptionGroup(LinkLayerOptions& o) {
  return {"Sending",
          {{"--send", "auto|ip|link", "auto, ip or link", "ip",
            "how packets leave: as raw IP packets through the kernel's routes and firewall; as "
            "Ethernet frames straight to the next hop, which costs half as much CPU; or (auto, the "
            "default) as frames to every target whose next hop is known, unless the host has IPsec "
            "policies, and through IP as soon as a target has answered none for two seconds",
            [&o](const std::string& text) { return SetLayer(text, o); }},
           {"-o,--output", "IF,...", "Ethernet interfaces, comma separated", "eth1",
            "send Ethernet frames by these, past the kernel's routes and firewall, to the next hop "
            "that the kernel knows, or to the MAC that -x names: 80@sourceMAC-10.0.0.2:8080@MAC",
            [&o](const std::string& text) { return SetDevices(text, o); }},
           {"--vlan", "ID[:PRIO]", "1..4094, and a priority 0..7 behind ':'", "100",
            "with an 802.1Q tag (where the next hop is only there, name its MAC in -x)",
            [&o](const std::string& text) { return SetVlan(text, o); }}}};
}

std::optional<OptionsExit> CheckLinkLayerOptions(const CommandLine& line, LinkLayerOptions& options,
                                                 const TargetMap& targets) {
  if (!options.devices.empty()) {
    if (line.Given("--send") && !options.InUse()) {
      return line.Bad("--send", "contradicts -o", "one of --send and -o");
    }
    options.layer = SendLayer::kLink;
  }
  if (options.InUse()) return std::nullopt;
  if (options.vlan)
    return line.Bad("--vlan", "is for the link layer", "together with -o or --send=link");
  const bool has_mac = std::ranges::any_of(targets.mappings(), [](const Mapping& mapping) {
    return mapping.source_mac || mapping.target_mac;
  });
  if (has_mac)
    return line.Bad("-x", "MACs are for the link layer", "together with -o or --send=link");
  return std::nullopt;
}

}  // namespace tcpcopy
