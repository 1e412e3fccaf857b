#include "netstack/wire/flow_key.h"

#include <cstring>

#include "netstack/base/prng.h"

namespace tcpcopy {
namespace {

std::uint64_t MixEndpoint(std::uint64_t hash, const Endpoint& endpoint) {
  std::uint64_t words[2] = {};
  const ConstBytes bytes = endpoint.address.bytes();
  std::memcpy(words, bytes.data(), bytes.size());
  hash = Prng::Mix(hash ^ words[0] ^ endpoint.port);
  return endpoint.address.IsV4() ? hash : Prng::Mix(hash ^ words[1]);
}

}  // namespace

std::size_t FlowKeyHash::operator()(const FlowKey& key) const {
  return MixEndpoint(MixEndpoint(seed + 0x9e3779b97f4a7c15ULL, key.local) + 1, key.peer);
}

}  // namespace tcpcopy
