#include "src/replay/loopback_addresses.h"

#include "netstack/base/prng.h"

namespace tcpcopy {

std::optional<Endpoint> LoopbackAddresses::Claim(const Endpoint& client, const Endpoint& target,
                                                 const InUse& in_use) {
  const std::size_t hash = hash_({{client.address, 0}, {}});
  std::uint32_t host = static_cast<std::uint32_t>(hash) & kMask;
  std::uint16_t port = client.port;
  for (int tries = 0; tries < kMaxTries; ++tries) {
    // The first and the last address of the range are left alone: some tools refuse .0 and .255.
    if (port >= 1024 && host != 0 && host != kMask) {
      const Endpoint local{IpAddress::V4(kFirst + host), port};
      if (!in_use({local, target})) return local;
    }
    host = (host + 1) & kMask;
    if (port < 1024) port = static_cast<std::uint16_t>(port + 1024);
  }
  return std::nullopt;
}

}  // namespace tcpcopy
