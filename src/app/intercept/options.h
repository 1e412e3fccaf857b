#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "netstack/base/result.h"
#include "netstack/base/time.h"
#include "netstack/wire/endpoint.h"
#include "netstack/wire/network.h"
#include "src/app/options/command_line.h"
#include "src/app/service/service.h"
#include "src/intercept/address_rewrite.h"
#include "src/io/intercept/reply_protocol.h"
#include "src/io/intercept/secret.h"

namespace tcpcopy {

/// The two ways to come by the target's replies.
enum class Catching {
  kCapture,  // a look at what passes the interfaces; it goes its way
  kQueue,    // the kernel asks us about each packet (NFQUEUE), and it goes no further
};

/// The command line of intercept, checked. Times are spans.
struct InterceptOptions {
  static constexpr std::size_t kMaxTargets = 1024;
  static constexpr std::size_t kMaxAddresses = 1024;  // of -b, -x and --allow, each
  static constexpr std::string_view kTargetForm =
      "[IP:]PORT,... numeric, IPv6 in brackets, 1024 at most";

  Catching catching = Catching::kCapture;          // --catch
  std::vector<std::string> interfaces;             // -i; empty: all
  std::string filter;                              // -F; empty: made from the targets
  std::vector<Endpoint> targets;                   // --target; 0.0.0.0 stands for any address
  std::vector<AddressRewrite> rewrites;            // -D
  std::vector<Network> pass;                       // -x
  std::uint16_t queue_number = kInterceptPort;     // --queue-num
  std::uint32_t queue_length = 8192;               // -q
  std::vector<IpAddress> listen_on;                // -b; empty: all addresses
  std::uint16_t port = kInterceptPort;             // -p
  std::vector<Network> allow = PrivateNetworks();  // --allow; empty: everybody
  bool allow_neighbours = true;                    // and this host's own networks; not with --allow
  ReplyProtocol protocol = ReplyProtocol::kOwn;    // --protocol
  Secret secret;                                   // --secret-file
  int combine = 16;                                // -n
  Duration route_timeout = std::chrono::hours(2);  // -t
  ServiceOptions service;                          // -d, -l, -P

  /// What --allow is when nobody says otherwise: addresses that come from no foreign network.
  static std::vector<Network> PrivateNetworks();
};

/// All options of intercept, which fill `options`; it must outlive the result.
CommandLine OptionTables(InterceptOptions& options);

/// Reads the command line. A bad option gives one line that names it and the accepted form.
Result<InterceptOptions, OptionsExit> ParseInterceptOptions(int argc, const char* const* argv);

}  // namespace tcpcopy
