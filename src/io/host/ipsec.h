#pragma once

namespace tcpcopy {

/// Whether this host has an IPsec policy, so that packets which pass its kernel by may have to be
/// encrypted. Where the kernel does not tell, it has none.
bool HasIpsecPolicy();

}  // namespace tcpcopy
