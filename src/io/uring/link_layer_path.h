#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "netstack/base/result.h"
#include "netstack/base/time.h"
#include "netstack/wire/mac_address.h"
#include "src/io/host/next_hop.h"
#include "src/io/io_error.h"
#include "src/io/unique_fd.h"
#include "src/io/uring/gso_socket.h"
#include "src/io/uring/send_path.h"

namespace tcpcopy {

/// Past the kernel's IP: as Ethernet frames to the next hop, which is looked up beforehand. The
/// kernel's routes and firewall are not asked for any packet.
class LinkLayerPath final : public SendPath {
 public:
  static constexpr std::size_t kMostAtOnce = 64;  // some 3 ms
  static constexpr std::size_t kMostSockets = 64;

  /// Addresses that are known and need not be looked up.
  struct Macs {
    std::optional<MacAddress> source;       // instead of the device's own
    std::optional<MacAddress> destination;  // instead of the next hop's
  };
  struct Options {
    std::vector<std::string> devices;
    std::optional<VlanTag> vlan;
    std::map<IpAddress, Macs> targets;  // where packets may go to
  };

  /// Needs CAP_NET_RAW, and CAP_NET_ADMIN where neighbours are to be looked up. Errors, one line:
  /// those, and each target to which there is no next hop.
  static Result<std::unique_ptr<LinkLayerPath>, IoError> Open(Options options);

  /// EHOSTUNREACH for what is no target, or while its next hop's MAC is not known.
  int Prepare(const IpAddress& destination, Departure& departure) override;

  /// Looks targets up again, kMostAtOnce at most and then the next ones; asks the kernel for
  /// neighbours that it is not sure of. What cannot be found at the moment stays as it was. To be
  /// called each second.
  void Refresh();
  /// Refreshes until all MACs are known, `patience` at most: else the first packets would be lost.
  void WaitForNeighbours(Duration patience);

  /// Whether the way to `target` is known, so that packets to it are sent.
  bool LeadsTo(const IpAddress& target) const { return ways_.contains(target); }

  /// Bytes of the largest IP packet that all devices in use take.
  std::size_t mtu() const;
  /// Next hops, by target.
  const std::map<IpAddress, NextHop>& hops() const { return hops_; }
  /// Targets whose next hop's MAC is not known.
  std::vector<IpAddress> unresolved() const;

 private:
  struct Way {
    std::uint32_t interface_index = 0;
    EthernetHeader header;
    std::size_t mtu = 0;  // of the device

    bool operator==(const Way&) const = default;
  };

  struct Sockets {
    UniqueFd plain;
    GsoSocket gso;
  };

  explicit LinkLayerPath(Options options) : options_(std::move(options)) {}

  Result<void, IoError> LookUp(const IpAddress& target, const Macs& macs);
  void SetWay(const IpAddress& target, const Way& way);

  const Options options_;
  std::optional<IpAddress> refreshed_;  // the last one
  std::map<IpAddress, NextHop> hops_;
  std::map<IpAddress, Way> ways_;  // of the hops whose MAC is known
  /// By interface, of those that lead or led to a target: at most kMostSockets.
  std::map<std::uint32_t, Sockets> sockets_;
};

}  // namespace tcpcopy
