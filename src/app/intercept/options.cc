#include "src/app/intercept/options.h"

#include <fmt/format.h>

#include <functional>
#include <optional>
#include <utility>

#include "netstack/wire/host_port.h"
#include "src/app/options/channel_options.h"
#include "src/app/options/interface_list.h"
#include "src/io/pcap/filter_check.h"

namespace tcpcopy {
namespace {

using Done = Result<void, std::string>;

// ---------------------------------------------------------------------------------------------------
// Values that are no plain numbers.

/// Calls `take` with each item of a comma separated list, until one is wrong.
Done ForEach(std::string_view list, const std::function<Done(std::string_view)>& take) {
  while (true) {
    const std::size_t comma = list.find(',');
    if (auto done = take(list.substr(0, comma)); !done) return done;
    if (comma == std::string_view::npos) return {};
    list.remove_prefix(comma + 1);
  }
}

Done SetCatching(std::string_view text, InterceptOptions& options) {
  if (text != "capture" && text != "nfqueue") return Err(fmt::format("'{}' is unknown", text));
  options.catching = text == "capture" ? Catching::kCapture : Catching::kQueue;
  return {};
}

Done SetInterfaces(std::string_view text, InterceptOptions& options) {
  auto names = ParseInterfaces(text);
  if (!names) return Err(names.error());
  options.interfaces = std::move(*names);
  return {};
}

Done SetFilter(const std::string& text, InterceptOptions& options) {
  if (const std::string problem = FilterProblem(text); !problem.empty()) return Err(problem);
  options.filter = text;
  return {};
}

Done SetTargets(std::string_view list, InterceptOptions& options) {
  return ForEach(list, [&](std::string_view item) -> Done {
    const auto target = HostPort::Parse(item);
    if (!target) return Err(target.error());
    if (!target->port) return Err(fmt::format("'{}' has no port", item));
    if (options.targets.size() == InterceptOptions::kMaxTargets) {
      return Err(fmt::format("more than {} targets", InterceptOptions::kMaxTargets));
    }
    options.targets.push_back({target->address.value_or(IpAddress::V4(0)), *target->port});
    return {};
  });
}

Done SetNetworks(std::string_view list, std::vector<Network>& networks) {
  networks.clear();
  return ForEach(list, [&](std::string_view item) -> Done {
    const auto network = Network::Parse(item);
    const auto meant = Network::ParseLoosely(item);
    if (!network && meant) {
      return Err(fmt::format("'{}' is no network; did you mean {}?", item, meant->ToString()));
    }
    if (!network) return Err(fmt::format("'{}' is neither an address nor a network", item));
    if (networks.size() == InterceptOptions::kMaxAddresses) {
      return Err(fmt::format("more than {} of them", InterceptOptions::kMaxAddresses));
    }
    networks.push_back(*network);
    return {};
  });
}

Done SetAllow(std::string_view text, InterceptOptions& options) {
  options.allow_neighbours = false;
  if (text != "all") return SetNetworks(text, options.allow);
  options.allow.clear();
  return {};
}

Done SetListenOn(std::string_view list, InterceptOptions& options) {
  return ForEach(list, [&](std::string_view item) -> Done {
    const auto address = IpAddress::Parse(item);
    if (!address) return Err(fmt::format("'{}' is no numeric IP address", item));
    if (options.listen_on.size() == InterceptOptions::kMaxAddresses) {
      return Err(fmt::format("more than {} of them", InterceptOptions::kMaxAddresses));
    }
    options.listen_on.push_back(*address);
    return {};
  });
}

Done SetRewrites(std::string_view text, InterceptOptions& options) {
  auto rewrites = AddressRewrite::Parse(text);
  if (!rewrites) return Err(rewrites.error());
  options.rewrites = std::move(*rewrites);
  return {};
}

// ---------------------------------------------------------------------------------------------------
// The options, in the order of the help.

constexpr const char* kNetworks = "addresses or networks, comma separated, 1024 at most";

OptionGroup WhatToCatch(InterceptOptions& o) {
  return {
      "What to catch",
      {{"--catch", "capture|nfqueue", "capture or nfqueue", "nfqueue",
        "how: capture (default) looks at what passes; nfqueue (default with -x and -q) takes it "
        "out "
        "of the traffic, so that no client gets it",
        [&o](const std::string& text) { return SetCatching(text, o); }},
       {"-i,--interface", "IF,...", "network interfaces, comma separated", "eth0",
        "capture: where to look (default: all)",
        [&o](const std::string& text) { return SetInterfaces(text, o); }},
       {"-F,--filter", "EXPR", "an expression of pcap-filter(7)", "'tcp and src port 8080'",
        "capture: pcap filter of the replies, such as 'tcp and src port 8080' (default: what the "
        "targets send that tcpcopy names)",
        [&o](const std::string& text) { return SetFilter(text, o); }},
       {"--target", "[IP:]PORT,...", std::string(InterceptOptions::kTargetForm), "10.0.0.2:8080",
        "whose replies (default: those of the targets that tcpcopy names)",
        [&o](const std::string& text) { return SetTargets(text, o); }},
       {"-D,--dnat", "IP[:PORT]-IP[:PORT],...", std::string(AddressRewrite::kForm),
        "172.17.0.2-10.0.0.2",
        "a container's address and the one by which its clients know it: replies get the latter",
        [&o](const std::string& text) { return SetRewrites(text, o); }},
       {"-x,--pass", "IP,...", kNetworks, "10.0.0.9,10.1.0.0/16",
        "nfqueue: replies to these get through to their clients and are not sent to tcpcopy",
        [&o](const std::string& text) { return SetNetworks(text, o.pass); }},
       WholeNumber("-q,--queue-length", {1, 1'048'576, "packets"}, 8192,
                   "nfqueue: packets that may wait for us in the kernel (8192)",
                   [&o](auto n) { o.queue_length = static_cast<std::uint32_t>(n); }),
       WholeNumber("--queue-num", {0, 65'535, "(a queue's number)"}, 5,
                   fmt::format("nfqueue: the number of our queue ({})", kInterceptPort),
                   [&o](auto n) { o.queue_number = static_cast<std::uint16_t>(n); })}};
}

OptionGroup WhomToServe(InterceptOptions& o) {
  return {
      "Whom to serve",
      {{"-b,--bind", "IP,...", "numeric IP addresses of this host, comma separated, 1024 at most",
        "10.0.0.3", "listen on these (default: on all)",
        [&o](const std::string& text) { return SetListenOn(text, o); }},
       WholeNumber("-p,--port", {1, 65'535, "(a port)"}, kInterceptPort,
                   fmt::format("listen on this port ({})", kInterceptPort),
                   [&o](auto n) { o.port = static_cast<std::uint16_t>(n); }),
       {"--allow", "IP,...", fmt::format("all, or {}", kNetworks), "10.0.0.0/8",
        "who may connect (default: private addresses, and networks that this host is in)",
        [&o](const std::string& text) { return SetAllow(text, o); }},
       ProtocolOption(o.protocol),
       SecretOption(o.secret),
       WholeNumber(
           "-n,--combine", {0, 16, "replies"}, 16,
           "classic: at most so many in a message (16); 0 for a TCPCopy that was built with "
           "--disable-combined",
           [&o](auto n) { o.combine = static_cast<int>(n); }),
       WholeNumber("-t,--timeout", {1, 604'800, "s"}, 600,
                   "forget a session that was silent for so long (7200)",
                   [&o](auto n) { o.route_timeout = std::chrono::seconds(n); }),
       WholeNumber("-s,--hash-size", {0, 4'294'967'295, "entries"}, 0,
                   "accepted for compatibility; has no effect", [](auto) {})},
      {{"-c,--protected", "accepted for compatibility; has no effect", [] {}}}};
}

using Names = std::pair<const char*, const char*>;  // for messages, and long
constexpr Names kCaptureOptions[] = {{"-i", "--interface"}, {"-F", "--filter"}};
constexpr Names kQueueOptions[] = {
    {"-x", "--pass"}, {"-q", "--queue-length"}, {"--queue-num", "--queue-num"}};

/// TCPCopy has a program for each way, so its users do not name it.
void ChooseCatching(const CommandLine& line, InterceptOptions& options) {
  if (line.Given("--catch")) return;
  for (const auto& [name, long_name] : kQueueOptions) {
    if (line.Given(long_name)) options.catching = Catching::kQueue;
  }
}

std::optional<OptionsExit> CheckTogether(const CommandLine& line, const InterceptOptions& options) {
  const bool queue = options.catching == Catching::kQueue;
  for (const auto& [name, long_name] : kCaptureOptions) {
    if (!queue || !line.Given(long_name)) continue;
    return line.Bad(name, "is for captures only", "together with --catch capture");
  }
  for (const auto& [name, long_name] : kQueueOptions) {
    if (queue || !line.Given(long_name)) continue;
    return line.Bad(name, "is for the queue only", "together with --catch nfqueue");
  }
  if (options.protocol == ReplyProtocol::kClassic && !options.secret.empty()) {
    return line.Bad("--secret-file", "is not possible in TCPCopy's protocol", "--protocol own");
  }
  if (options.protocol == ReplyProtocol::kOwn && line.Given("--combine") && options.combine == 0) {
    return line.Bad("-n", "0 is for TCPCopy's protocol only", "1..16 replies");
  }
  return std::nullopt;
}

}  // namespace

std::vector<Network> InterceptOptions::PrivateNetworks() {
  std::vector<Network> networks;
  for (const char* text : {"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                           "169.254.0.0/16", "::1", "fe80::/10", "fc00::/7"}) {
    networks.push_back(*Network::Parse(text));
  }
  return networks;
}

CommandLine OptionTables(InterceptOptions& options) {
  return {"intercept",
          "Catches a target's replies, for the tcpcopy that replays its clients.",
          {WhatToCatch(options), WhomToServe(options), ServiceOptionGroup(options.service)}};
}

Result<InterceptOptions, OptionsExit> ParseInterceptOptions(int argc, const char* const* argv) {
  InterceptOptions options;
  CommandLine line = OptionTables(options);
  if (auto done = line.Parse(argc, argv); !done) return Err(std::move(done.error()));
  ChooseCatching(line, options);
  if (auto bad = CheckTogether(line, options)) return Err(std::move(*bad));
  return options;
}

}  // namespace tcpcopy
