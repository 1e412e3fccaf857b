#include "src/app/options/channel_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "src/app/options/endpoint_list.h"
#include "src/io/intercept/reply_channels.h"

namespace tcpcopy {
namespace {

using Done = Result<void, std::string>;

constexpr double kLongestWait = 86'400;
constexpr std::int64_t kLongestPayload = 65'535;

Done SetIntercepts(std::string_view list, ChannelOptions& options) {
  auto intercepts = ParseEndpoints(list, ChannelOptions::kMaxIntercepts);
  if (!intercepts) return Err(intercepts.error());
  options.intercepts = *std::move(intercepts);
  return {};
}

Done SetProtocol(std::string_view text, ReplyProtocol& protocol) {
  if (text != "own" && text != "classic") return Err(fmt::format("'{}' is unknown", text));
  protocol = text == "own" ? ReplyProtocol::kOwn : ReplyProtocol::kClassic;
  return {};
}

Done SetPayload(std::string_view text, ChannelOptions& options) {
  if (text == "none" || text == "all") {
    options.payload_bytes = text == "none" ? 0 : kWholePayload;
    return {};
  }
  const auto bytes = ParseWhole(text, {0, kLongestPayload, "bytes"});
  if (!bytes) return Err(bytes.error());
  options.payload_bytes = static_cast<std::uint32_t>(*bytes);
  return {};
}

Done SetSecret(const std::string& path, Secret& secret) {
  auto loaded = Secret::Load(path);
  if (!loaded) return Err(loaded.error().message);
  secret = std::move(*loaded);
  return {};
}

Done SetTimeout(std::string_view text, ChannelOptions& options) {
  const auto span = ParseDecimal(text);
  if (!span) return Err(span.error());
  if (*span <= 0 || *span > kLongestWait) return Err(fmt::format("'{}' is out of range", text));
  options.lost_timeout = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(*span));
  return {};
}

}  // namespace

ValueOption ProtocolOption(ReplyProtocol& protocol) {
  return {"--protocol",
          "own|classic",
          "own or classic",
          "own",
          "own (default), or classic: that of TCPCopy 1.x",
          [&protocol](const std::string& text) { return SetProtocol(text, protocol); }};
}

ValueOption SecretOption(Secret& secret) {
  return {"--secret-file",
          "FILE",
          "a file that only its owner may read, up to 4096 bytes",
          "/etc/tcpcopy/secret",
          "holds the secret that both sides prove to know: the same in tcpcopy's and intercept's",
          [&secret](const std::string& text) { return SetSecret(text, secret); }};
}

OptionGroup ChannelOptionGroup(ChannelOptions& o) {
  return {
      "Replies by way of intercept",
      {{"-s,--intercept", "IP[:PORT],...", std::string(ChannelOptions::kForm), "10.0.0.3",
        "the hosts where intercept runs, which capture the target's replies and send them here",
        [&o](const std::string& text) { return SetIntercepts(text, o); }},
       WholeNumber("-p,--intercept-port", {1, 65'535, "(a port)"}, kInterceptPort,
                   fmt::format("the intercepts' port, where -s names none ({})", kInterceptPort),
                   [&o](auto n) { o.port = static_cast<std::uint16_t>(n); }),
       WholeNumber("-C,--connections", {1, ReplyChannels::kMaxConnections, "connections"}, 2,
                   "connections to each intercept (2)",
                   [&o](auto n) { o.connections = static_cast<int>(n); }),
       ProtocolOption(o.protocol),
       {"--payload", "none|N|all", fmt::format("none, all, or 0..{} bytes", kLongestPayload),
        "none", "what intercepts send of each reply's payload (none: it is not needed)",
        [&o](const std::string& text) { return SetPayload(text, o); }},
       SecretOption(o.secret),
       {"--lost-intercept-timeout", "S",
        fmt::format("seconds above 0 and up to {:.0f}", kLongestWait), "10",
        "end when no intercept could be reached for so many seconds (10)",
        [&o](const std::string& text) { return SetTimeout(text, o); }}},
      {{"-L,--keep-trying", "never end because no intercept can be reached; keep trying",
        [&o] { o.wait_for_ever = true; }}}};
}

std::optional<OptionsExit> FinishChannelOptions(const CommandLine& line, const TargetMap& targets,
                                                ChannelOptions& options) {
  for (const auto& [name, long_name] : {std::pair{"-p", "--intercept-port"},
                                        {"-C", "--connections"},
                                        {"--protocol", "--protocol"},
                                        {"--payload", "--payload"},
                                        {"--secret-file", "--secret-file"},
                                        {"-L", "--keep-trying"},
                                        {"--lost-intercept-timeout", "--lost-intercept-timeout"}}) {
    // The doctor asks by the same connections.
    if (!line.Given(long_name) || options.InUse() || line.Given("--ask")) continue;
    return line.Bad(name, "is for replies by way of intercept", "together with -s");
  }
  if (options.wait_for_ever && line.Given("--lost-intercept-timeout")) {
    return line.Bad("-L", "contradicts --lost-intercept-timeout", "one of them");
  }
  const bool classic = options.protocol == ReplyProtocol::kClassic;
  if (classic && !options.secret.empty()) {
    return line.Bad("--secret-file", "is not possible in TCPCopy's protocol", "--protocol own");
  }
  if (classic && options.payload_bytes > 0) {
    return line.Bad("--payload", "is not possible in TCPCopy's protocol", "--protocol own");
  }
  const bool ipv6 = std::ranges::any_of(
      targets.mappings(), [](const Mapping& mapping) { return !mapping.target.address.IsV4(); });
  if (classic && ipv6) {
    return line.Bad("-x", "IPv6 is not possible in TCPCopy's protocol", "--protocol own");
  }
  for (Endpoint& intercept : options.intercepts) {
    if (intercept.port == 0) intercept.port = options.port;
    if (std::ranges::count(options.intercepts, intercept) > 1) {
      return line.Bad("--intercept", fmt::format("{} is named twice", intercept.ToString()));
    }
  }
  return std::nullopt;
}

}  // namespace tcpcopy
