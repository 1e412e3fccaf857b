#pragma once

#include <memory>

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
  /// From now on all goes through IP.
  void GiveUpLinkLayer();
  /// nullptr where all goes through IP.
  const LinkLayerPath* link_layer() const { return link_layer_.get(); }

 private:
  RawIpPath ip_;
  std::unique_ptr<LinkLayerPath> link_layer_;
};

}  // namespace tcpcopy
