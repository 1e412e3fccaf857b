#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netstack/base/result.h"
#include "netstack/base/time.h"
#include "netstack/wire/endpoint.h"
#include "src/app/options/command_line.h"
#include "src/io/intercept/reply_protocol.h"
#include "src/io/intercept/secret.h"
#include "src/replay/target_map.h"

namespace tcpcopy {

/// How replies come by way of intercepts.
struct ChannelOptions {
  static constexpr std::size_t kMaxIntercepts = 64;
  static constexpr std::string_view kForm = "IP[:PORT],... numeric, IPv6 in brackets, 64 at most";

  std::vector<Endpoint> intercepts;                  // -s; empty: replies are captured here
  std::uint16_t port = kInterceptPort;               // -p: of intercepts without one
  int connections = 2;                               // -C: to each intercept
  ReplyProtocol protocol = ReplyProtocol::kOwn;      // --protocol
  std::uint32_t payload_bytes = 0;                   // --payload: of each reply
  Secret secret;                                     // --secret-file
  bool wait_for_ever = false;                        // -L
  Duration lost_timeout = std::chrono::seconds(10);  // --lost-intercept-timeout

  bool InUse() const { return !intercepts.empty(); }
};

// Both ends of a channel have these two.

/// --protocol; `protocol` must outlive the parsing.
ValueOption ProtocolOption(ReplyProtocol& protocol);
/// --secret-file; `secret` must outlive the parsing.
ValueOption SecretOption(Secret& secret);

/// The options that fill `options`, which must outlive the parsing.
OptionGroup ChannelOptionGroup(ChannelOptions& options);

/// To be called when all options of `line` are set: gives intercepts without a port the one of -p,
/// and refuses what does not go together.
std::optional<OptionsExit> FinishChannelOptions(const CommandLine& line, const TargetMap& targets,
                                                ChannelOptions& options);

}  // namespace tcpcopy
