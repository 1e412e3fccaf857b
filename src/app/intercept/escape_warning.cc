#include "src/app/intercept/escape_warning.h"

#include <fmt/format.h>

#include "src/io/host/proc_file.h"

namespace tcpcopy {

std::string EscapeWarning(std::span<const Endpoint> targets,
                          const std::function<bool(const IpAddress&)>& is_own,
                          const std::function<bool(IpFamily)>& forwards) {
  for (const Endpoint& target : targets) {
    if (target.address.IsLoopback() || !is_own(target.address)) continue;
    return fmt::format(
        "{} is this host: what it answers also leaves for the clients, who may reset the copies "
        "unless a route leads elsewhere; --catch=nfqueue keeps it here",
        target.ToString());
  }
  for (const Endpoint& target : targets) {
    if (target.address.IsUnspecified() || !forwards(target.address.family())) continue;
    return fmt::format(
        "this host forwards packets: what {} answers may go on to the clients, who would reset the "
        "copies; `sysctl -w {}=0` ends that, --catch=nfqueue keeps it here",
        target.ToString(),
        target.address.IsV4() ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding");
  }
  return "";
}

bool ForwardsPackets(IpFamily family) {
  return ReadProcFile(family == IpFamily::kV4 ? "/proc/sys/net/ipv4/ip_forward"
                                              : "/proc/sys/net/ipv6/conf/all/forwarding")
      .starts_with('1');
}

}  // namespace tcpcopy
