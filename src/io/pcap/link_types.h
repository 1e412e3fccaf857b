#pragma once

#include <optional>
#include <string>

#include "netstack/wire/link_type.h"

namespace tcpcopy {

/// The link type of libpcap's data link value `dlt`; none when we do not read it.
std::optional<LinkType> LinkTypeFromDlt(int dlt);

/// "link type X is not supported (supported: ...)", for a `dlt` without a `LinkType`.
std::string UnsupportedLinkType(int dlt);

}  // namespace tcpcopy
