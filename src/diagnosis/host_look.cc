#include "src/diagnosis/host_look.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "src/io/host/kernel_version.h"
#include "src/io/host/old_iptables.h"
#include "src/io/host/proc_file.h"
#include "src/io/host/route.h"

namespace tcpcopy {
namespace {

/// 0 when there is no such file.
std::int64_t ReadNumber(const std::string& path) {
  const std::string text = ReadProcFile(path.c_str());
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

RouteFact LookAtRoute(const IpAddress& destination) {
  RouteFact fact;
  const auto route = RouteTo(destination);
  if (route) {
    fact.interface = route->interface;
    fact.gateway = route->gateway;
    fact.source = route->source;
    fact.local = route->local;
  } else {
    fact.problem = route.error().message;
  }
  return fact;
}

int RpFilter(const std::string& interface) {
  return static_cast<int>(
      ReadNumber(fmt::format("/proc/sys/net/ipv4/conf/{}/rp_filter", interface)));
}

}  // namespace

void LookAtHost(Observation& seen) {
  HostName name = HostName::OfThisHost();
  seen.host = std::move(name.host);
  seen.kernel = std::move(name.kernel_release);
  if (auto addresses = InterfaceAddresses()) seen.addresses = *std::move(addresses);
  seen.to_client = LookAtRoute(seen.probe.local.address);
  seen.to_target = LookAtRoute(seen.probe.peer.address);
  const bool v4 = seen.probe.peer.address.IsV4();
  seen.forwards = ReadNumber(v4 ? "/proc/sys/net/ipv4/ip_forward"
                                : "/proc/sys/net/ipv6/conf/all/forwarding") != 0;
  if (v4) {
    // The stricter of the two counts, Documentation/networking/ip-sysctl.rst.
    for (const InterfaceAddress& own : seen.addresses) {
      seen.rp_filter[own.interface] = std::max(RpFilter("all"), RpFilter(own.interface));
    }
  }
  seen.old_iptables = HasOldIptables(seen.probe.peer.address.family());
  seen.conntrack_count = ReadNumber("/proc/sys/net/netfilter/nf_conntrack_count");
  seen.conntrack_max = ReadNumber("/proc/sys/net/netfilter/nf_conntrack_max");
}

}  // namespace tcpcopy
