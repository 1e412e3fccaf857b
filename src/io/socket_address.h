#pragma once

#include <sys/socket.h>

#include <optional>

#include "netstack/wire/endpoint.h"

namespace tcpcopy {

/// An endpoint as the kernel's calls want it, in either family.
class SocketAddress {
 public:
  /// Of no endpoint, with room for one: for calls that tell an address.
  SocketAddress() = default;
  explicit SocketAddress(const Endpoint& endpoint);

  /// AF_INET or AF_INET6; AF_UNSPEC while it holds none.
  int family() const { return storage_.ss_family; }
  const sockaddr* get() const { return static_cast<const sockaddr*>(raw()); }
  sockaddr* get() { return static_cast<sockaddr*>(static_cast<void*>(&storage_)); }
  socklen_t length() const { return length_; }
  socklen_t* mutable_length() { return &length_; }

  /// Empty when it holds none.
  std::optional<Endpoint> endpoint() const { return FromKernel(get()); }
  /// Of what the kernel points to (nullptr is allowed); empty in other families.
  static std::optional<Endpoint> FromKernel(const sockaddr* name);

 private:
  const void* raw() const { return &storage_; }

  sockaddr_storage storage_{};
  socklen_t length_ = sizeof storage_;
};

}  // namespace tcpcopy
