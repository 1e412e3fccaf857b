#pragma once

#include <memory>
#include <string>

#include "netstack/base/result.h"
#include "src/app/options/options.h"
#include "src/io/io_error.h"
#include "src/io/uring/link_layer_path.h"
#include "src/io/uring/send_path.h"

namespace tcpcopy {

/// Where packets leave this host: routed by the kernel, or with -o at the link layer.
class Outlet {
 public:
  /// Needs the capabilities of either. With -o waits a moment for the next hops' MACs. The error is
  /// one line.
  static Result<std::unique_ptr<Outlet>, IoError> Open(const Options& options);

  SendPath& path() { return *path_; }
  /// Bytes of the largest IP packet: -M, or what the devices take when that is less.
  std::size_t mtu() const { return mtu_; }
  /// One line for the user.
  const std::string& description() const { return description_; }
  /// To be called each second: routes and neighbours change.
  void OnSecond();

 private:
  Outlet() = default;

  void LimitTo(std::size_t wanted, std::size_t possible);

  std::unique_ptr<SendPath> path_;
  LinkLayerPath* link_layer_ = nullptr;  // `path_`, if it is one
  std::size_t mtu_ = 0;
  std::string description_;
};

/// What of `options` is about the link layer.
LinkLayerPath::Options LinkLayerPathOptions(const Options& options);
/// "10.0.2.2 by eth1 to 02:00:5e:10:00:02" and through which gateway, if any.
std::string NextHopText(const IpAddress& target, const NextHop& hop,
                        const LinkLayerPath::Macs& macs);

}  // namespace tcpcopy
