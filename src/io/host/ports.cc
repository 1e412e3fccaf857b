#include "src/io/host/ports.h"

#include <charconv>

#include "src/io/host/proc_file.h"

namespace tcpcopy {
namespace {

constexpr PortRange kDefaultRange = {32768, 60999};

std::string_view WithoutLineEnd(std::string_view text) { return text.substr(0, text.find('\n')); }

/// The port of "0100007F:1F90", the second word of a line after "  0:".
std::optional<std::uint16_t> LocalPort(std::string_view line) {
  const std::size_t slot_end = line.find(": ");
  if (slot_end == std::string_view::npos) return std::nullopt;
  line.remove_prefix(slot_end + 2);
  const std::string_view local = line.substr(0, line.find(' '));
  const std::size_t colon = local.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view digits = local.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return port;
}

}  // namespace

EphemeralPorts EphemeralPorts::OfThisHost() {
  const std::string range = ReadProcFile("/proc/sys/net/ipv4/ip_local_port_range");
  const std::string reserved = ReadProcFile("/proc/sys/net/ipv4/ip_local_reserved_ports");
  return {ParseLocalPortRange(range).value_or(kDefaultRange),
          ParsePortRanges(WithoutLineEnd(reserved)).value_or(std::vector<PortRange>{})};
}

std::optional<PortRange> ParseLocalPortRange(std::string_view text) {
  text = WithoutLineEnd(text);
  const std::size_t gap = text.find_first_of("\t ");
  const std::size_t last = text.find_last_of("\t ");
  if (gap == std::string_view::npos) return std::nullopt;
  const auto low = ParsePortRanges(text.substr(0, gap));
  const auto high = ParsePortRanges(text.substr(last + 1));
  const auto is_port = [](const auto& ranges) {
    return ranges && ranges->size() == 1 && ranges->front().first == ranges->front().last;
  };
  if (!is_port(low) || !is_port(high) || low->front().first > high->front().last) {
    return std::nullopt;
  }
  return PortRange{low->front().first, high->front().last};
}

PortSet PortsInUse(Transport transport) {
  PortSet ports;
  const bool tcp = transport == Transport::kTcp;
  AddLocalPorts(ReadProcFile(tcp ? "/proc/net/tcp" : "/proc/net/udp"), ports);
  AddLocalPorts(ReadProcFile(tcp ? "/proc/net/tcp6" : "/proc/net/udp6"), ports);
  return ports;
}

void AddLocalPorts(std::string_view text, PortSet& ports) {
  while (!text.empty()) {
    const std::string_view line = WithoutLineEnd(text);
    if (const auto port = LocalPort(line)) ports.set(*port);
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : text.size());
  }
}

}  // namespace tcpcopy
