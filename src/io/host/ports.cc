#include "src/io/host/ports.h"

#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <charconv>

#include "src/io/host/proc_file.h"
#include "src/io/host/rtnetlink.h"

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

/// By sock_diag(7): the kernel goes through its table of sockets once, and twice to tell the same
/// as text. False when it does not do that.
bool AddPortsOf(std::uint8_t protocol, std::uint8_t family, PortSet& ports) {
  alignas(nlmsghdr) std::array<char, MNL_NLMSG_HDRLEN + sizeof(inet_diag_req_v2)> buffer{};
  nlmsghdr* const header = mnl_nlmsg_put_header(buffer.data());
  header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
  header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  auto* const request =
      static_cast<inet_diag_req_v2*>(mnl_nlmsg_put_extra_header(header, sizeof(inet_diag_req_v2)));
  request->sdiag_family = family;
  request->sdiag_protocol = protocol;
  request->idiag_states = ~0U;
  const auto add = [&ports](const nlmsghdr& message) {
    if (mnl_nlmsg_get_payload_len(&message) < sizeof(inet_diag_msg)) return;
    const auto& socket = *static_cast<const inet_diag_msg*>(mnl_nlmsg_get_payload(&message));
    ports.set(ntohs(socket.id.idiag_sport));
  };
  return AskRtnetlink(*header, add, NETLINK_SOCK_DIAG) == 0;
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
  const std::uint8_t protocol = tcp ? IPPROTO_TCP : IPPROTO_UDP;
  if (!AddPortsOf(protocol, AF_INET, ports)) {
    AddLocalPorts(ReadProcFile(tcp ? "/proc/net/tcp" : "/proc/net/udp"), ports);
  }
  if (!AddPortsOf(protocol, AF_INET6, ports)) {
    AddLocalPorts(ReadProcFile(tcp ? "/proc/net/tcp6" : "/proc/net/udp6"), ports);
  }
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
