#include "src/app/capture_filters.h"

#include <fmt/format.h>

#include <set>

namespace tcpcopy {
namespace {

/// A filter has at most that many terms: libpcap takes seconds for a thousand, and the kernel takes
/// no program of more than 4,096 instructions.
constexpr std::size_t kMostTerms = 128;

// Of TCP and UDP alike.
constexpr int kSourcePortAt = 0;
constexpr int kDestinationPortAt = 2;

std::string Or(const std::set<std::string>& terms) {
  std::string text;
  for (const std::string& term : terms) {
    text += fmt::format("{}({})", text.empty() ? "" : " or ", term);
  }
  return text;
}

/// Selects by any of `terms`, or, when they are too many, by the range of their `ports`: who gets
/// the packets looks at them more closely anyway.
std::string AnyOf(const std::set<std::string>& terms, std::string_view direction,
                  const std::set<std::uint16_t>& ports) {
  if (terms.size() > kMostTerms) {
    return fmt::format("{} portrange {}-{}", direction, *ports.begin(), *ports.rbegin());
  }
  return Or(terms);
}

/// " and (whole packets whose port, `at` bytes into TCP or UDP, is of the class)": as PortClass
/// says, in the kernel's arithmetic of 32 bits. A piece of a datagram passes, whatever its port.
std::string OfClass(const PortClass& ports, Transport transport, int at) {
  if (ports.IsAll()) return "";
  const auto is_of = [&ports](const std::string& port) {
    return fmt::format("(({} * {}) >> {}) % {} = {}", port, PortClass::kMultiplier,
                       PortClass::kShift, ports.count(), ports.number());
  };
  constexpr int kV6HeaderBytes = 40;
  const std::string_view pieces =
      transport == Transport::kUdp ? " or (ip and ip[6:2] & 0x2000 != 0)" : "";
  return fmt::format(" and ((ip and {}) or (ip6 and {}){})",
                     is_of(fmt::format("{}[{}:2]", Name(transport), at)),
                     is_of(fmt::format("ip6[{}:2]", kV6HeaderBytes + at)), pieces);
}

/// RFC 1191 4, RFC 4443 3.2. In the families of the targets only.
std::string TooBig(const TargetMap& targets) {
  std::set<std::string> terms;
  for (const Mapping& mapping : targets.mappings()) {
    const bool v4 = mapping.target.address.family() == IpFamily::kV4;
    terms.insert(v4 ? "icmp[0] == 3 and icmp[1] == 4" : "icmp6 and ip6[40] == 2");
  }
  return Or(terms);
}

/// RFC 792, RFC 4443 3.1: packets that did not arrive, or did not fit.
std::string DidNotArrive(const TargetMap& targets) {
  std::set<std::string> terms;
  for (const Mapping& mapping : targets.mappings()) {
    const bool v4 = mapping.target.address.IsV4();
    terms.insert(v4 ? "icmp[0] == 3" : "icmp6 and (ip6[40] == 1 or ip6[40] == 2)");
  }
  return Or(terms);
}

// Pieces of datagrams. `ip6 proto` and ports see no IPv6 packet that has a fragment header.
constexpr std::string_view kFirstPieceV6 =
    "ip6[6] == 44 and ip6[40] == 17 and ip6[42:2] & 0xfff8 == 0";
constexpr std::string_view kLaterPieceV4 = "ip[9] == 17 and ip[6:2] & 0x1fff != 0";
constexpr std::string_view kLaterPieceV6 =
    "ip6[6] == 44 and ip6[40] == 17 and ip6[42:2] & 0xfff8 != 0";

/// " and (any of `hosts`)"; nothing for none or too many.
std::string And(const std::set<std::string>& hosts) {
  return hosts.empty() || hosts.size() > kMostTerms ? "" : fmt::format(" and ({})", Or(hosts));
}

/// Of all addresses of sources; empty when one mapping has any address.
std::set<std::string> SourceHosts(const TargetMap& targets) {
  std::set<std::string> hosts;
  for (const Mapping& mapping : targets.mappings()) {
    if (!mapping.source) return {};
    hosts.insert("dst host " + mapping.source->ToString());
  }
  return hosts;
}

/// `whole` selects whole datagrams, and first pieces of IPv4.
std::string DatagramClientFilter(const TargetMap& targets, const std::string& whole,
                                 const std::string& extra) {
  const std::string hosts = And(SourceHosts(targets));
  const std::string first = fmt::format("({}) or ({}{})", whole, kFirstPieceV6, hosts);
  return fmt::format("{} or ({}{}) or ({}{})",
                     extra.empty() ? first : fmt::format("(({}) and ({}))", first, extra),
                     kLaterPieceV4, hosts, kLaterPieceV6, hosts);
}

std::string DatagramReplyFilter(const TargetMap& targets, const std::string& whole) {
  std::set<std::string> hosts;
  for (const Mapping& mapping : targets.mappings()) {
    if (!mapping.target.address.IsV4()) {
      hosts.insert("src host " + mapping.target.address.ToString());
    }
  }
  const std::string first =
      hosts.empty() ? "" : fmt::format(" or ({}{})", kFirstPieceV6, And(hosts));
  return fmt::format("({}){} or {}", whole, first, DidNotArrive(targets));
}

}  // namespace

std::string ClientFilter(const TargetMap& targets, const std::string& extra, Transport transport,
                         const PortClass& clients) {
  std::set<std::string> terms;
  std::set<std::uint16_t> ports;
  for (const Mapping& mapping : targets.mappings()) {
    std::string term = fmt::format("dst port {}", mapping.source_port);
    if (mapping.source) term += fmt::format(" and dst host {}", mapping.source->ToString());
    terms.insert(term);
    ports.insert(mapping.source_port);
  }
  const std::string filter =
      fmt::format("{}{} and ({})", Name(transport), OfClass(clients, transport, kSourcePortAt),
                  AnyOf(terms, "dst", ports));
  if (transport == Transport::kUdp) return DatagramClientFilter(targets, filter, extra);
  return extra.empty() ? filter : fmt::format("({}) and ({})", filter, extra);
}

std::string ReplyFilter(const TargetMap& targets, Transport transport, const PortClass& replayed) {
  std::set<std::string> terms;
  std::set<std::uint16_t> ports;
  for (const Mapping& mapping : targets.mappings()) {
    terms.insert(fmt::format("src host {} and src port {}", mapping.target.address.ToString(),
                             mapping.target.port));
    ports.insert(mapping.target.port);
  }
  const std::string filter =
      fmt::format("{}{} and ({})", Name(transport),
                  OfClass(replayed, transport, kDestinationPortAt), AnyOf(terms, "src", ports));
  if (transport == Transport::kUdp) return DatagramReplyFilter(targets, filter);
  return fmt::format("({}) or {}", filter, TooBig(targets));
}

}  // namespace tcpcopy
