#include "src/replay/target_map.h"

#include <fmt/format.h>

#include <algorithm>

#include "netstack/wire/host_port.h"

namespace tcpcopy {
namespace {

/// Address and port, and the MAC behind '@' if there is one.
Result<HostPort, std::string> ParseEnd(std::string_view text, std::optional<MacAddress>& mac) {
  const std::size_t at = text.find('@');
  if (at != std::string_view::npos) {
    mac = MacAddress::Parse(text.substr(at + 1));
    if (!mac) return Err(fmt::format("'{}' is no MAC address", text.substr(at + 1)));
  }
  return HostPort::Parse(text.substr(0, at));
}

Result<Mapping, std::string> ParseMapping(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return Err(fmt::format("'{}' has no '-'", text));
  Mapping mapping;
  const auto source = ParseEnd(text.substr(0, dash), mapping.source_mac);
  if (!source) return Err(source.error());
  const auto target = ParseEnd(text.substr(dash + 1), mapping.target_mac);
  if (!target) return Err(target.error());
  if (!source->port) return Err(fmt::format("'{}' has no source port", text));
  if (!target->address) return Err(fmt::format("'{}' has no target address", text));
  if (target->address->IsUnspecified()) {
    return Err(fmt::format("'{}' has an unspecified target address", text));
  }
  mapping.source = source->address;
  if (mapping.source && mapping.source->IsUnspecified()) mapping.source.reset();
  mapping.source_port = *source->port;
  mapping.target = {*target->address, target->port.value_or(*source->port)};
  return mapping;
}

}  // namespace

Result<TargetMap, std::string> TargetMap::Parse(std::string_view text) {
  TargetMap map;
  while (true) {
    const std::size_t comma = text.find(',');
    const auto mapping = ParseMapping(text.substr(0, comma));
    if (!mapping) return Err(mapping.error());
    for (const Mapping& other : map.mappings_) {
      if (other.source == mapping->source && other.source_port == mapping->source_port) {
        return Err(fmt::format("'{}' names a source a second time", text.substr(0, comma)));
      }
    }
    if (map.mappings_.size() == kMaxMappings) {
      return Err(fmt::format("more than {} mappings", kMaxMappings));
    }
    map.mappings_.push_back(*mapping);
    if (comma == std::string_view::npos) return map;
    text.remove_prefix(comma + 1);
  }
}

const Mapping* TargetMap::Find(const Endpoint& production) const {
  const Mapping* any = nullptr;
  for (const Mapping& mapping : mappings_) {
    if (mapping.source_port != production.port) continue;
    if (mapping.source == production.address) return &mapping;
    if (!mapping.source) any = &mapping;
  }
  return any;
}

const Mapping* TargetMap::Find(const Endpoint& production,
                               const std::function<bool(const IpAddress&)>& is_own) const {
  const Mapping* const mapping = Find(production);
  if (mapping == nullptr || mapping->source || !is_own) return mapping;
  return is_own(production.address) ? mapping : nullptr;
}

bool TargetMap::IsTarget(const Endpoint& endpoint) const {
  return std::ranges::any_of(mappings_,
                             [&](const Mapping& mapping) { return mapping.target == endpoint; });
}

}  // namespace tcpcopy
