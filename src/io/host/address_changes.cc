#include "src/io/host/address_changes.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

namespace tcpcopy {

Result<std::unique_ptr<AddressChanges>, IoError> AddressChanges::Create(Driver& driver,
                                                                        Callback callback) {
  UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  sockaddr_nl name{};
  name.nl_family = AF_NETLINK;
  name.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
    return Err(SystemError("cannot wait for changes of addresses", errno));
  }
  return std::unique_ptr<AddressChanges>(
      new AddressChanges(driver, std::move(callback), std::move(socket)));
}

AddressChanges::AddressChanges(Driver& driver, Callback callback, UniqueFd socket)
    : driver_(driver), callback_(std::move(callback)), socket_(std::move(socket)) {
  driver_.Watch(socket_.get(), *this);
}

AddressChanges::~AddressChanges() { driver_.Unwatch(socket_.get()); }

/// What has changed is for the callback to look up: messages may have been lost (ENOBUFS), and each
/// is cut here.
void AddressChanges::OnReadable() {
  std::array<char, 16> ignored;
  while (::recv(socket_.get(), ignored.data(), ignored.size(), 0) >= 0 || errno == ENOBUFS ||
         errno == EINTR) {
  }
  callback_();
}

}  // namespace tcpcopy
