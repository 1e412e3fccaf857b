#include "src/replay/shard.h"

#include <fmt/format.h>

#include "netstack/base/check.h"

namespace tcpcopy {
namespace {

std::uint64_t AddByte(std::uint64_t hash, std::uint8_t byte) {
  return (hash ^ byte) * 0x100000001b3ULL;
}

std::uint64_t AddEndpoint(std::uint64_t hash, const Endpoint& endpoint) {
  for (const std::uint8_t byte : endpoint.address.bytes()) hash = AddByte(hash, byte);
  hash = AddByte(hash, static_cast<std::uint8_t>(endpoint.port >> 8));
  return AddByte(hash, static_cast<std::uint8_t>(endpoint.port & 0xff));
}

}  // namespace

Shard::Shard(std::uint32_t number, std::uint32_t count) : number_(number), count_(count) {
  TCPCOPY_CHECK(number >= 1 && number <= count && count <= kMost);
}

std::string Shard::ToString() const { return fmt::format("{}/{}", number_, count_); }

std::uint64_t Shard::HashOf(const FlowKey& captured) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  hash = AddEndpoint(AddEndpoint(hash, captured.local), captured.peer);
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdULL;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return hash ^ (hash >> 33);
}

}  // namespace tcpcopy
