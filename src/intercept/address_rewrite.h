#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "netstack/base/bytes.h"
#include "netstack/base/result.h"
#include "netstack/wire/host_port.h"

namespace tcpcopy {

/// Undoes what a container's network did to a reply (-D): an end of the connection that bears the
/// container's address gets the one by which the target is known.
class AddressRewrite {
 public:
  static constexpr std::string_view kForm = "CONTAINER[:PORT]-ORIGINAL[:PORT],...";
  static constexpr std::size_t kMost = 64;

  /// A comma separated list of `kForm`; of one family each, both with a port or none. The error is
  /// a phrase about the text.
  static Result<std::vector<AddressRewrite>, std::string> Parse(std::string_view text);

  /// Changes the addresses and ports of an IP packet whose TCP header (at least 20 bytes of it are
  /// there) begins at `tcp_at`, and its checksums by as much. False: it was not concerned.
  bool Apply(MutableBytes packet, std::size_t tcp_at) const;

  const IpAddress& container() const { return *from_.address; }
  const IpAddress& original() const { return *to_.address; }
  /// 0: any, and it stays as it is.
  std::uint16_t container_port() const { return from_.port.value_or(0); }
  std::uint16_t original_port() const { return to_.port.value_or(0); }

 private:
  AddressRewrite(const HostPort& from, const HostPort& to) : from_(from), to_(to) {}

  bool ApplyAt(MutableBytes packet, std::size_t address_at, std::size_t port_at,
               std::size_t checksum_at) const;

  HostPort from_;
  HostPort to_;
};

}  // namespace tcpcopy
