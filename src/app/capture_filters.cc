#include "src/app/capture_filters.h"

#include <fmt/format.h>

#include <set>

namespace tcpcopy {
namespace {

/// A filter has at most that many terms: libpcap takes seconds for a thousand, and the kernel takes
/// no program of more than 4,096 instructions.
constexpr std::size_t kMostTerms = 128;

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

/// RFC 1191 4, RFC 4443 3.2. In the families of the targets only.
std::string TooBig(const TargetMap& targets) {
  std::set<std::string> terms;
  for (const Mapping& mapping : targets.mappings()) {
    const bool v4 = mapping.target.address.family() == IpFamily::kV4;
    terms.insert(v4 ? "icmp[0] == 3 and icmp[1] == 4" : "icmp6 and ip6[40] == 2");
  }
  return Or(terms);
}

}  // namespace

std::string ClientFilter(const TargetMap& targets, const std::string& extra) {
  std::set<std::string> terms;
  std::set<std::uint16_t> ports;
  for (const Mapping& mapping : targets.mappings()) {
    std::string term = fmt::format("dst port {}", mapping.source_port);
    if (mapping.source) term += fmt::format(" and dst host {}", mapping.source->ToString());
    terms.insert(term);
    ports.insert(mapping.source_port);
  }
  const std::string filter = fmt::format("tcp and ({})", AnyOf(terms, "dst", ports));
  return extra.empty() ? filter : fmt::format("({}) and ({})", filter, extra);
}

std::string ReplyFilter(const TargetMap& targets) {
  std::set<std::string> terms;
  std::set<std::uint16_t> ports;
  for (const Mapping& mapping : targets.mappings()) {
    terms.insert(fmt::format("src host {} and src port {}", mapping.target.address.ToString(),
                             mapping.target.port));
    ports.insert(mapping.target.port);
  }
  return fmt::format("(tcp and ({})) or {}", AnyOf(terms, "src", ports), TooBig(targets));
}

}  // namespace tcpcopy
