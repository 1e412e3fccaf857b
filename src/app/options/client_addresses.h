#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "netstack/base/result.h"
#include "netstack/wire/network.h"

namespace tcpcopy {

/// -c: which addresses sessions are replayed from (DESIGN 5).
struct ClientAddresses {
  enum class Kind {
    kSelf,  // this host's own
    kKeep,  // the captured client's
    kList,  // one of `list`
  };

  static constexpr std::size_t kMaxNetworks = 256;
  static constexpr std::string_view kForm =
      "self, keep, or addresses and networks, comma separated, 256 at most (x at the end of "
      "62.135.200.x is all of that /24)";

  Kind kind = Kind::kSelf;
  bool chosen = false;        // by the user; otherwise by what other options ask for
  std::vector<Network> list;  // of kList, no two alike

  /// The error is a phrase about the text.
  static Result<ClientAddresses, std::string> Parse(std::string_view text);
};

}  // namespace tcpcopy
