#include "src/app/intercept/reply_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace tcpcopy {
namespace {

/// libpcap takes seconds for a thousand terms, and the kernel takes no program of more than 4,096
/// instructions.
constexpr std::size_t kMostTerms = 128;

std::string Term(const Endpoint& target) {
  if (target.address.IsUnspecified()) return fmt::format("(src port {})", target.port);
  return fmt::format("(src host {} and src port {})", target.address.ToString(), target.port);
}

/// `targets` is not empty.
std::string From(std::span<const Endpoint> targets) {
  if (targets.size() > kMostTerms) {
    const auto [least, most] = std::ranges::minmax(targets, {}, &Endpoint::port);
    return fmt::format("src portrange {}-{}", least.port, most.port);
  }
  std::string text;
  for (const Endpoint& target : targets) text += (text.empty() ? "" : " or ") + Term(target);
  return text;
}

// Of fragments only the first one has ports. RFC 791 3.1, RFC 8200 4.5.
constexpr std::string_view kLaterFragments =
    "(ip[9] == 6 and ip[6:2] & 0x1fff != 0) or ip6[6] == 44";
// RFC 1191 4, RFC 4443 3.2.
constexpr std::string_view kTooBig = "(icmp[0] == 3 and icmp[1] == 4) or (icmp6 and ip6[40] == 2)";

}  // namespace

std::vector<Endpoint> WithContainers(std::span<const Endpoint> targets,
                                     std::span<const AddressRewrite> rewrites) {
  std::set<Endpoint> all(targets.begin(), targets.end());
  for (const Endpoint& target : targets) {
    for (const AddressRewrite& rewrite : rewrites) {
      const bool of_address =
          target.address.IsUnspecified() || target.address == rewrite.original();
      const bool of_port = rewrite.original_port() == 0 || rewrite.original_port() == target.port;
      if (!of_address || !of_port) continue;
      const std::uint16_t port = rewrite.container_port();
      all.insert({rewrite.container(), port == 0 ? target.port : port});
    }
  }
  return {all.begin(), all.end()};
}

std::string CatchFilter(std::span<const Endpoint> targets, std::span<const AddressRewrite> rewrites,
                        const std::string& user_filter, std::uint16_t own_port) {
  const std::string replies =
      targets.empty() ? std::string("tcp")
                      : fmt::format("(tcp and ({})) or {}", From(WithContainers(targets, rewrites)),
                                    kLaterFragments);
  const std::string wanted = user_filter.empty()
                                 ? fmt::format("{} or {}", replies, kTooBig)
                                 : fmt::format("({}) and ({})", user_filter, replies);
  // What we send ourselves is nobody's reply. Not by the other end's port: a client may have ours.
  return targets.empty() ? fmt::format("({}) and not tcp src port {}", wanted, own_port) : wanted;
}

}  // namespace tcpcopy
