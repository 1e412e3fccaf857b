#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "netstack/wire/packet_view.h"
#include "src/io/packet_source.h"
#include "src/replay/target_map.h"

namespace tcpcopy {

/// Hears what clients send to production, on all interfaces, and which of them the replay would
/// capture.
class ClientListener final : public PacketHandler {
 public:
  using IsOwn = std::function<bool(const IpAddress&)>;
  /// The name of the interface with that index; empty when there is none.
  using NameOf = std::function<std::string(std::uint32_t index)>;

  static constexpr std::size_t kMaxInterfaces = 64;

  /// `targets` is not owned. `interfaces`: -i; empty: all. `is_own`: as the dispatcher's; empty for
  /// a file.
  ClientListener(const TargetMap& targets, std::vector<std::string> interfaces, IsOwn is_own,
                 NameOf name_of)
      : targets_(targets),
        interfaces_(std::move(interfaces)),
        is_own_(std::move(is_own)),
        name_of_(std::move(name_of)) {}

  void OnPacket(const CapturedPacket& packet) override;

  /// Packets where the replay would capture.
  std::uint64_t seen() const { return seen_; }
  /// The interfaces that they came by, as far as the capture tells.
  const std::set<std::string>& seen_on() const { return seen_on_; }
  /// Packets, by interfaces where it would not.
  const std::map<std::string, std::uint64_t>& others() const { return others_; }
  /// The first client of a family that was seen, wherever: not one of this host's own addresses.
  std::optional<Endpoint> ClientOf(IpFamily family) const;

 private:
  bool IsCopied(const PacketView& view) const;
  void Count(const std::string& interface);

  const TargetMap& targets_;
  const std::vector<std::string> interfaces_;
  const IsOwn is_own_;
  const NameOf name_of_;
  std::uint64_t seen_ = 0;
  std::set<std::string> seen_on_;
  std::map<std::string, std::uint64_t> others_;
  std::map<IpFamily, Endpoint> clients_;
};

}  // namespace tcpcopy
