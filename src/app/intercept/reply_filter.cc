#include "src/app/intercept/reply_filter.h"

#include <fmt/format.h>

#include <set>

namespace tcpcopy {
namespace {

/// libpcap takes seconds for a thousand terms, and the kernel takes no program of more than 4,096
/// instructions.
constexpr std::size_t kMostTerms = 128;

std::string Term(const IpAddress& address, std::uint16_t port) {
  if (address.IsUnspecified()) return fmt::format("(src port {})", port);
  return fmt::format("(src host {} and src port {})", address.ToString(), port);
}

std::string FromTargets(std::span<const Endpoint> targets,
                        std::span<const AddressRewrite> rewrites) {
  std::set<std::string> terms;
  std::set<std::uint16_t> ports;
  const auto add = [&](const IpAddress& address, std::uint16_t port) {
    terms.insert(Term(address, port));
    ports.insert(port);
  };
  for (const Endpoint& target : targets) {
    add(target.address, target.port);
    for (const AddressRewrite& rewrite : rewrites) {
      const bool of_target = target.address.IsUnspecified() || target.address == rewrite.original();
      const bool of_port = rewrite.original_port() == 0 || rewrite.original_port() == target.port;
      if (!of_target || !of_port) continue;
      add(rewrite.container(),
          rewrite.container_port() == 0 ? target.port : rewrite.container_port());
    }
  }
  if (terms.size() > kMostTerms) {
    return fmt::format("src portrange {}-{}", *ports.begin(), *ports.rbegin());
  }
  std::string text;
  for (const std::string& term : terms) text += (text.empty() ? "" : " or ") + term;
  return text;
}

// Of fragments only the first one has ports. RFC 791 3.1, RFC 8200 4.5.
constexpr std::string_view kLaterFragments =
    "(ip[9] == 6 and ip[6:2] & 0x1fff != 0) or ip6[6] == 44";
// RFC 1191 4, RFC 4443 3.2.
constexpr std::string_view kTooBig = "(icmp[0] == 3 and icmp[1] == 4) or (icmp6 and ip6[40] == 2)";

}  // namespace

std::string CatchFilter(std::span<const Endpoint> targets, std::span<const AddressRewrite> rewrites,
                        const std::string& user_filter, std::uint16_t own_port) {
  const std::string replies =
      targets.empty()
          ? std::string("tcp")
          : fmt::format("(tcp and ({})) or {}", FromTargets(targets, rewrites), kLaterFragments);
  const std::string wanted = user_filter.empty()
                                 ? fmt::format("{} or {}", replies, kTooBig)
                                 : fmt::format("({}) and ({})", user_filter, replies);
  return fmt::format("({}) and not tcp port {}", wanted, own_port);
}

}  // namespace tcpcopy
