#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netstack/base/result.h"
#include "netstack/wire/endpoint.h"
#include "netstack/wire/mac_address.h"

namespace tcpcopy {

/// One `[sourceIP:]sourcePort[@MAC]-targetIP[:targetPort][@MAC]` of -x.
struct Mapping {
  std::optional<IpAddress> source;  // production's address; empty: any (live: any own) address
  std::uint16_t source_port = 0;
  Endpoint target;
  // Of frames to the target, where they are sent at the link layer.
  std::optional<MacAddress> source_mac;
  std::optional<MacAddress> target_mac;
};

/// Where to copy from and where to. Immutable; at most `kMaxMappings`.
class TargetMap {
 public:
  static constexpr std::size_t kMaxMappings = 1024;
  static constexpr std::string_view kForm =
      "[sourceIP:]sourcePort-targetIP[:targetPort],... with numeric addresses, IPv6 in brackets, "
      "and ports 1..65535";
  static constexpr std::string_view kExample = "80-10.0.0.2:8080";

  /// Reads the value of -x. The error is one line without the option's name.
  static Result<TargetMap, std::string> Parse(std::string_view text);

  /// The mapping of what is sent to `production`; one with its address goes before one without.
  /// nullptr when it is not copied. Valid as long as the map.
  const Mapping* Find(const Endpoint& production) const;
  /// The same where a mapping without a source means addresses that `is_own` tells to be this
  /// host's. An empty one: any address.
  const Mapping* Find(const Endpoint& production,
                      const std::function<bool(const IpAddress&)>& is_own) const;

  /// Whether something is copied to `endpoint`.
  bool IsTarget(const Endpoint& endpoint) const;

  const std::vector<Mapping>& mappings() const { return mappings_; }

 private:
  std::vector<Mapping> mappings_;
};

}  // namespace tcpcopy
