#include "netstack/wire/host_port.h"

#include <fmt/format.h>

#include <charconv>

namespace tcpcopy {
namespace {

Result<std::uint16_t, std::string> ParsePort(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 1 || value > 65535) {
    return Err(fmt::format("'{}' is no port (1..65535)", text));
  }
  return static_cast<std::uint16_t>(value);
}

Result<IpAddress, std::string> ParseAddress(std::string_view text) {
  const std::optional<IpAddress> address = IpAddress::Parse(text);
  if (!address) return Err(fmt::format("'{}' is no numeric IP address", text));
  return *address;
}

}  // namespace

Result<HostPort, std::string> HostPort::Parse(std::string_view text) {
  HostPort result;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return Err(fmt::format("'{}' has no ']'", text));
    const auto address = ParseAddress(text.substr(1, close - 1));
    if (!address) return Err(address.error());
    result.address = *address;
    const std::string_view rest = text.substr(close + 1);
    if (rest.empty()) return result;
    if (rest.front() != ':') return Err(fmt::format("'{}' has no ':' before its port", text));
    port = rest.substr(1);
  } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    if (IpAddress::Parse(text)) return Err(fmt::format("'{0}' must be written [{0}]", text));
    const auto address = ParseAddress(text.substr(0, colon));
    if (!address) return Err(address.error());
    result.address = *address;
    port = text.substr(colon + 1);
  } else if (text.find('.') != std::string_view::npos) {
    const auto address = ParseAddress(text);
    if (!address) return Err(address.error());
    result.address = *address;
    return result;
  } else if (text.find_first_not_of("0123456789") != std::string_view::npos) {
    return Err(fmt::format("'{}' is neither a numeric IP address nor a port (1..65535)", text));
  } else {
    port = text;
  }
  const auto number = ParsePort(port);
  if (!number) return Err(number.error());
  result.port = *number;
  return result;
}

}  // namespace tcpcopy
