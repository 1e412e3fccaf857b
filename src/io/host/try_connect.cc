#include "src/io/host/try_connect.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "src/io/socket_address.h"
#include "src/io/unique_fd.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kMost = 64;

ConnectResult ResultOf(int error) {
  switch (error) {
    case 0:
      return ConnectResult::kAccepted;
    case ECONNREFUSED:
      return ConnectResult::kRefused;
    case ETIMEDOUT:
    case EINPROGRESS:
      return ConnectResult::kSilent;
    default:
      return ConnectResult::kUnreachable;
  }
}

/// 0, or errno; EINPROGRESS while it is not decided.
int Begin(const Endpoint& endpoint, UniqueFd& socket) {
  const SocketAddress name(endpoint);
  socket = UniqueFd(::socket(name.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return errno;
  return ::connect(socket.get(), name.get(), name.length()) == 0 ? 0 : errno;
}

int PendingError(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

}  // namespace

std::vector<ConnectResult> TryConnect(const std::vector<Endpoint>& endpoints, Duration patience,
                                      const Clock& clock) {
  const std::size_t count = std::min(endpoints.size(), kMost);
  std::vector<ConnectResult> results(endpoints.size(), ConnectResult::kNotTried);
  std::vector<UniqueFd> sockets(count);
  std::vector<pollfd> waiting(count);
  for (std::size_t i = 0; i < count; ++i) {
    const int error = Begin(endpoints[i], sockets[i]);
    results[i] = ResultOf(error);
    waiting[i] = {error == EINPROGRESS ? sockets[i].get() : -1, POLLOUT, 0};
  }
  const Instant deadline = clock.Now() + patience;
  const auto undecided = [](const pollfd& each) { return each.fd >= 0; };
  while (std::ranges::any_of(waiting, undecided)) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock.Now());
    if (left.count() <= 0) break;
    if (::poll(waiting.data(), waiting.size(), static_cast<int>(left.count()) + 1) <= 0) continue;
    for (std::size_t i = 0; i < count; ++i) {
      if (waiting[i].fd < 0 || waiting[i].revents == 0) continue;
      results[i] = ResultOf(PendingError(waiting[i].fd));
      waiting[i].fd = -1;
    }
  }
  return results;
}

}  // namespace tcpcopy
