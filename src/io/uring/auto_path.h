#pragma once

#include <memory>
#include <set>

#include "src/io/uring/link_layer_path.h"
#include "src/io/uring/raw_ip_path.h"
#include "src/io/uring/send_path.h"

namespace tcpcopy {

/// At the link layer where the next hop is known, which is half as dear; elsewhere through the
/// kernel's IP.
class AutoPath final : public SendPath {
 public:
  /// `link_layer` may be nullptr: all goes through IP.
  AutoPath(RawSockets sockets, std::unique_ptr<LinkLayerPath> link_layer)
      : ip_(std::move(sockets)), link_layer_(std::move(link_layer)) {}

  int Prepare(const IpAddress& destination, Departure& departure) override;

  /// See LinkLayerPath.
  void Refresh();
  /// Whether what goes to `target` leaves as frames.
  bool SendsFramesTo(const IpAddress& target) const {
    return MayBeFrames(target) && link_layer_->LeadsTo(target);
  }
  /// Whether what goes to `target` may do so; at first it may.
  void AllowFramesTo(const IpAddress& target, bool allow);

 private:
  bool MayBeFrames(const IpAddress& target) const {
    return link_layer_ != nullptr && !only_ip_.contains(target);
  }

  RawIpPath ip_;
  std::unique_ptr<LinkLayerPath> link_layer_;
  std::set<IpAddress> only_ip_;  // targets to which frames are not allowed
};

}  // namespace tcpcopy
