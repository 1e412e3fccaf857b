#include "src/app/options/endpoint_list.h"

#include <fmt/format.h>

#include "netstack/wire/host_port.h"

namespace tcpcopy {

Result<std::vector<Endpoint>, std::string> ParseEndpoints(std::string_view list, std::size_t most) {
  std::vector<Endpoint> endpoints;
  while (true) {
    const std::size_t comma = list.find(',');
    const std::string_view item = list.substr(0, comma);
    const auto read = HostPort::Parse(item);
    if (!read) return Err(read.error());
    if (!read->address) return Err(fmt::format("'{}' has no address", item));
    if (endpoints.size() == most) return Err(fmt::format("more than {} addresses", most));
    endpoints.push_back({*read->address, read->port.value_or(0)});
    if (comma == std::string_view::npos) return endpoints;
    list.remove_prefix(comma + 1);
  }
}

std::string ListOf(const std::vector<Endpoint>& endpoints) {
  std::string text;
  for (const Endpoint& endpoint : endpoints) {
    text += (text.empty() ? "" : ", ") + endpoint.ToString();
  }
  return text;
}

}  // namespace tcpcopy
