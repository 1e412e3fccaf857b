#include "src/app/service/service_manager.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace tcpcopy {
namespace {

/// The variable, which is removed; empty when there is none.
std::string Take(const char* name) {
  const char* const value = std::getenv(name);
  std::string text = value == nullptr ? "" : value;
  ::unsetenv(name);
  return text;
}

std::optional<std::int64_t> Number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// "\nSTATUS=line", on one line whatever the text holds.
std::string StatusOf(std::string_view line) {
  std::string text(line);
  std::ranges::replace(text, '\n', ' ');
  return "STATUS=" + text;
}

}  // namespace

ServiceManager ServiceManager::FromEnvironment() {
  ServiceManager manager;
  const std::string path = Take("NOTIFY_SOCKET");
  const std::string watchdog = Take("WATCHDOG_USEC");
  const std::string watched = Take("WATCHDOG_PID");
  sockaddr_un& address = manager.address_;
  if (path.size() < 2 || path.size() >= sizeof(address.sun_path)) return manager;
  if (path[0] != '/' && path[0] != '@') return manager;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  if (path[0] == '@') address.sun_path[0] = '\0';  // an abstract name, which has no end
  manager.address_bytes_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() +
                                                  (path[0] == '/' ? 1 : 0));
  manager.socket_ = UniqueFd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto microseconds = Number(watchdog);
  if (microseconds && *microseconds > 0 && (watched.empty() || Number(watched) == ::getpid())) {
    manager.watchdog_ = std::chrono::microseconds(*microseconds) / 2;
  }
  return manager;
}

void ServiceManager::Ready(std::string_view status) {
  state_ = "READY=1";
  Status(status);
}

void ServiceManager::Stopping(std::string_view status) {
  state_ = "STOPPING=1";
  Status(status);
}

void ServiceManager::Status(std::string_view line) {
  status_ = StatusOf(line);
  Tell("");
}

void ServiceManager::OnSecond(Instant now) {
  const bool due = watchdog_ > Duration{0} && now >= alive_due_;
  if (due) alive_due_ = now + watchdog_;
  Tell(due ? "WATCHDOG=1" : "");
}

/// `message`, which is of no use later, and what is not told yet.
void ServiceManager::Tell(std::string_view message) {
  if (!present()) return;
  std::string text(message);
  for (const std::string& each : {state_, status_}) {
    if (!text.empty() && !each.empty()) text += '\n';
    text += each;
  }
  if (text.empty() || !Send(text)) return;
  state_.clear();
  status_.clear();
}

bool ServiceManager::Send(std::string_view message) const {
  const ssize_t sent =
      ::sendto(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL,
               static_cast<const sockaddr*>(static_cast<const void*>(&address_)), address_bytes_);
  return sent >= 0;
}

}  // namespace tcpcopy
