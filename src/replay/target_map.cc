#include "src/replay/target_map.h"

#include <fmt/format.h>

#include <charconv>

namespace tcpcopy {
namespace {

struct HostPort {
  std::optional<IpAddress> address;
  std::optional<std::uint16_t> port;
};

Result<std::uint16_t, std::string> ParsePort(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 1 || value > 65535) {
    return Err(fmt::format("'{}' is no port (1..65535)", text));
  }
  return static_cast<std::uint16_t>(value);
}

Result<IpAddress, std::string> ParseAddress(std::string_view text) {
  const std::optional<IpAddress> address = IpAddress::Parse(text);
  if (!address) return Err(fmt::format("'{}' is no numeric IP address", text));
  return *address;
}

/// `[v6]:port`, `[v6]`, `v4:port`, `v4` or `port`.
Result<HostPort, std::string> ParseHostPort(std::string_view text) {
  HostPort result;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return Err(fmt::format("'{}' has no ']'", text));
    const auto address = ParseAddress(text.substr(1, close - 1));
    if (!address) return Err(address.error());
    result.address = *address;
    const std::string_view rest = text.substr(close + 1);
    if (rest.empty()) return result;
    if (rest.front() != ':') return Err(fmt::format("'{}' has no ':' before its port", text));
    port = rest.substr(1);
  } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    const auto address = ParseAddress(text.substr(0, colon));
    if (!address) return Err(address.error());
    result.address = *address;
    port = text.substr(colon + 1);
  } else if (text.find('.') != std::string_view::npos) {
    const auto address = ParseAddress(text);
    if (!address) return Err(address.error());
    result.address = *address;
    return result;
  } else {
    port = text;
  }
  const auto number = ParsePort(port);
  if (!number) return Err(number.error());
  result.port = *number;
  return result;
}

Result<Mapping, std::string> ParseMapping(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return Err(fmt::format("'{}' has no '-'", text));
  const auto source = ParseHostPort(text.substr(0, dash));
  if (!source) return Err(source.error());
  const auto target = ParseHostPort(text.substr(dash + 1));
  if (!target) return Err(target.error());
  if (!source->port) return Err(fmt::format("'{}' has no source port", text));
  if (!target->address) return Err(fmt::format("'{}' has no target address", text));
  if (target->address->IsUnspecified()) {
    return Err(fmt::format("'{}' has an unspecified target address", text));
  }
  Mapping mapping;
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

}  // namespace tcpcopy
