#pragma once

#include <map>

#include "netstack/wire/ip_address.h"

namespace tcpcopy {

/// Whether packets get to a target's address and back: what one worker knows of it.
struct TargetContact {
  bool was_asked = false;   // something was sent to it
  bool has_spoken = false;  // something has come from it, if only an RST

  bool IsSilent() const { return was_asked && !has_spoken; }
};

/// By address: as many as there are targets.
using TargetContacts = std::map<IpAddress, TargetContact>;

}  // namespace tcpcopy
