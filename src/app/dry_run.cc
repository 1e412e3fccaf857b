#include "src/app/dry_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "src/app/capture_filters.h"
#include "src/app/outlet.h"
#include "src/io/host/capabilities.h"
#include "src/io/host/route.h"

namespace tcpcopy {
namespace {

using Text = Result<std::string, StartError>;

std::string Line(std::string_view what, std::string_view told) {
  return fmt::format("  {:<12}{}\n", what, told);
}

std::string MappingLines(const Options& options) {
  std::string text;
  for (const Mapping& mapping : options.targets.mappings()) {
    const std::string source =
        mapping.source ? Endpoint{*mapping.source, mapping.source_port}.ToString()
                       : fmt::format("port {} of {}", mapping.source_port,
                                     options.IsFile() ? "any address" : "this host's addresses");
    const bool udp = options.transport == Transport::kUdp;
    text += Line("copy", fmt::format("{} clients send to {} -> {}", udp ? "datagrams that" : "what",
                                     source, mapping.target.ToString()));
  }
  return text;
}

Text InputLines(const Options& options) {
  if (options.IsFile()) {
    std::string text;
    for (const std::string& file : options.files) text += Line(text.empty() ? "read" : "", file);
    return options.filter.empty() ? text : text + Line("", "filter: " + options.filter);
  }
  for (const std::string& name : options.interfaces) {
    if (name == "any") continue;
    const auto device = LinkDevice::Named(name);
    if (!device) return Fail("-i: " + device.error().message, 2);
  }
  const std::string where = options.interfaces.empty()
                                ? "all interfaces"
                                : fmt::format("{}", fmt::join(options.interfaces, ", "));
  return Line("capture", where) +
         Line("", "filter: " + ClientFilter(options.targets, options.filter, options.transport));
}

/// The targets' addresses, each once.
std::set<IpAddress> TargetAddresses(const Options& options) {
  std::set<IpAddress> addresses;
  for (const Mapping& mapping : options.targets.mappings()) {
    addresses.insert(mapping.target.address);
  }
  return addresses;
}

Text SendLines(const Options& options) {
  LinkLayerPath::Options path;
  if (options.link_layer.layer != SendLayer::kIp) path = LinkLayerPathOptions(options);
  const bool all = options.link_layer.InUse();
  std::string text = Line("send", all                    ? "Ethernet frames, at the link layer"
                                  : path.targets.empty() ? "raw IP packets, which the kernel routes"
                                                         : "Ethernet frames where a MAC is told, "
                                                           "else raw IP packets");
  for (const IpAddress& target : TargetAddresses(options)) {
    if (path.targets.contains(target)) {
      const auto hop = FindNextHop(options.link_layer.devices, target);
      if (!hop) {
        const char* const option = options.link_layer.devices.empty() ? "--send: " : "-o: ";
        return Fail(option + hop.error().message, 2);
      }
      text += Line("", "to " + NextHopText(target, *hop, path.targets.at(target)));
      continue;
    }
    const auto route = RouteTo(target);
    if (!route) return Fail("-x: " + route.error().message, 2);
    const std::string gateway = route->gateway ? " through " + route->gateway->ToString() : "";
    text += Line("", fmt::format("to {} by {}{}", target.ToString(), route->interface, gateway));
  }
  return text;
}

std::string ReplyLines(const Options& options, const AddressPlan& addresses) {
  if (!options.channels.InUse()) {
    std::string text = Line("replies", "captured on all interfaces");
    if (addresses.captures_for_others()) {
      text += Line("", "and to other hosts, on the interfaces that lead to the targets");
    }
    return text + Line("", "filter: " + ReplyFilter(options.targets, options.transport));
  }
  const bool classic = options.channels.protocol == ReplyProtocol::kClassic;
  std::string text =
      Line("replies", fmt::format("by way of intercept, {} connections to each, {} protocol",
                                  options.channels.connections, classic ? "classic" : "own"));
  for (const Endpoint& intercept : options.channels.intercepts) {
    text += Line("", intercept.ToString());
  }
  return text;
}

std::string ShardLine(const Shard& shard) {
  if (shard.IsAll()) return "";
  return Line("shard", shard.ToString() + " of the sessions, chosen by their flows");
}

std::string GuardLines(const AddressPlan& addresses) {
  std::string text;
  for (const GuardRule& rule : addresses.guard_rules()) {
    text += Line(text.empty() ? "guard" : "", Guard::RuleText(rule));
  }
  return text.empty() ? Line("guard", "none: this host's kernel gets none of the replies") : text;
}

}  // namespace

Result<std::string, StartError> DescribeRun(const Options& options, const AddressPlan& addresses,
                                            std::size_t workers) {
  std::string text = "dry run: " + addresses.description() + "\n" + MappingLines(options);
  for (const auto lines : {&InputLines, &SendLines}) {
    const auto told = lines(options);
    if (!told) return told;
    text += *told;
  }
  text += ShardLine(options.load.shard) + ReplyLines(options, addresses) + GuardLines(addresses);
  text += Line("workers", std::to_string(workers));
  const std::vector<std::string> missing = Capabilities::OfThisProcess().Missing();
  if (!missing.empty()) text += Line("missing", fmt::format("{}", fmt::join(missing, ", ")));
  return text;
}

}  // namespace tcpcopy
