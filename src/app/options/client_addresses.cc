#include "src/app/options/client_addresses.h"

#include <fmt/format.h>

#include <algorithm>

namespace tcpcopy {
namespace {

/// TCPCopy's way to write a /24, or a network.
std::optional<Network> ParseNetwork(std::string_view text) {
  constexpr std::string_view kAny = ".x";
  if (!text.ends_with(kAny)) return Network::Parse(text);
  text.remove_suffix(kAny.size());
  return Network::Parse(fmt::format("{}.0/24", text));
}

}  // namespace

Result<ClientAddresses, std::string> ClientAddresses::Parse(std::string_view text) {
  ClientAddresses clients;
  clients.chosen = true;
  if (text == "self" || text == "keep") {
    clients.kind = text == "self" ? Kind::kSelf : Kind::kKeep;
    return clients;
  }
  clients.kind = Kind::kList;
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view item = text.substr(0, comma);
    const auto network = ParseNetwork(item);
    const auto meant = Network::ParseLoosely(item);
    if (!network && meant) {
      return Err(fmt::format("'{}' is no network; did you mean {}?", item, meant->ToString()));
    }
    if (!network) return Err(fmt::format("'{}' is neither a word nor an address", item));
    if (std::ranges::find(clients.list, *network) != clients.list.end()) {
      return Err(fmt::format("'{}' is named twice", item));
    }
    if (network->address.IsUnspecified()) {
      return Err(fmt::format("'{}' is no address to send from", item));
    }
    if (clients.list.size() == kMaxNetworks) {
      return Err(fmt::format("more than {} addresses", kMaxNetworks));
    }
    clients.list.push_back(*network);
    if (comma == std::string_view::npos) return clients;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace tcpcopy
