#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "netstack/base/result.h"
#include "netstack/wire/endpoint.h"
#include "src/io/packet_source.h"

namespace tcpcopy {

/// How intercept comes by replies; hands them to the handler that its maker named.
/// Implementations: capture, the kernel's queue.
class Catcher {
 public:
  /// What there is to catch.
  struct Wanted {
    bool anyone = false;              // whether a peer is there at all
    std::uint32_t payload_bytes = 0;  // of each reply
    std::vector<Endpoint> targets;    // none: not known yet

    bool operator==(const Wanted&) const = default;
  };

  virtual ~Catcher() = default;

  /// From now on catches `wanted`, until told otherwise. The error is one line for the user; what
  /// was caught before still is then, or nothing.
  virtual Result<void, std::string> Catch(const Wanted& wanted) = 0;
  /// To be called each second: repairs what has broken meanwhile.
  virtual void OnSecond() = 0;
  virtual CaptureStats Stats() const = 0;
  /// How and where, for the user: a phrase such as "captured on eth0".
  virtual std::string Description() const = 0;
};

}  // namespace tcpcopy
