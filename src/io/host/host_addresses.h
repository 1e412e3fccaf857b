#pragma once

#include <vector>

#include "netstack/base/result.h"
#include "netstack/wire/ip_address.h"
#include "src/io/io_error.h"

namespace tcpcopy {

/// The addresses of this host's interfaces, as of the last `Refresh`.
class HostAddresses {
 public:
  HostAddresses() = default;
  explicit HostAddresses(std::vector<IpAddress> addresses);

  /// Asks the kernel. On an error what was known stays.
  Result<void, IoError> Refresh();

  /// One of the addresses, or any of 127.0.0.0/8. Logarithmic.
  bool Contains(const IpAddress& address) const;
  /// Ascending, each once.
  const std::vector<IpAddress>& all() const { return addresses_; }

 private:
  std::vector<IpAddress> addresses_;
};

/// The address that the kernel would send from to `target`, by its routes; sends nothing. The error
/// names the target.
Result<IpAddress, IoError> SourceAddressFor(const IpAddress& target);

}  // namespace tcpcopy
