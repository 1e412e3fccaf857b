#pragma once

#include <sys/un.h>

#include <string>
#include <string_view>

#include "netstack/base/time.h"
#include "src/io/unique_fd.h"

namespace tcpcopy {

/// The service manager that has started this process, if it wants to hear of it: systemd, by the
/// protocol of sd_notify(3), a datagram to the socket that NOTIFY_SOCKET names. Not libsystemd:
/// that waits when the manager does not read, and brings four more libraries into a process with
/// privileges. What cannot be told at once is told when it is next called; only the newest status
/// is kept.
class ServiceManager {
 public:
  /// None: nothing is told to anybody.
  ServiceManager() = default;
  /// The one that the environment names, with what it expects of a watchdog. The variables are
  /// taken out of the environment: programs that we start are not who it waits for.
  static ServiceManager FromEnvironment();

  bool present() const { return static_cast<bool>(socket_); }

  /// READY=1, with a status line: nothing can be missed any more.
  void Ready(std::string_view status);
  /// STOPPING=1, with a status line.
  void Stopping(std::string_view status);
  /// One line, for who asks the manager.
  void Status(std::string_view line);
  /// To be called each second from the event loop: tells that it turns (WATCHDOG=1), twice in the
  /// time that the manager gives, and what could not be told before.
  void OnSecond(Instant now);

 private:
  void Tell(std::string_view message);
  bool Send(std::string_view message) const;

  UniqueFd socket_;
  sockaddr_un address_{};
  socklen_t address_bytes_ = 0;
  Duration watchdog_{0};  // half of what the manager gives; 0: it does not watch
  Instant alive_due_{};
  std::string state_;   // READY=1 or STOPPING=1 that is not told yet
  std::string status_;  // likewise
};

}  // namespace tcpcopy
