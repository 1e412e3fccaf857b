#include "src/io/intercept/listening_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "src/io/socket_address.h"

namespace tcpcopy {
namespace {

constexpr int kBacklog = 128;
constexpr int kAcceptsATurn = 16;
// With no descriptor or memory left; what waits stays readable and would keep the loop spinning.
constexpr Duration kPause = std::chrono::milliseconds(100);

IoError CannotListen(const Endpoint& at, int error) {
  return SystemError("cannot listen on " + at.ToString(), error);
}

bool SetOn(const UniqueFd& fd, int level, int name) {
  const int on = 1;
  return ::setsockopt(fd.get(), level, name, &on, sizeof on) == 0;
}

}  // namespace

Result<std::unique_ptr<ListeningSocket>, IoError> ListeningSocket::Create(
    EventLoop& loop, const Endpoint& at, ConnectionHandler& handler) {
  const SocketAddress address(at);
  UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const bool listens = fd && SetOn(fd, SOL_SOCKET, SO_REUSEADDR) &&
                       (at.address.IsV4() || SetOn(fd, IPPROTO_IPV6, IPV6_V6ONLY)) &&
                       ::bind(fd.get(), address.get(), address.length()) == 0 &&
                       ::listen(fd.get(), kBacklog) == 0;
  if (!listens) return Err(CannotListen(at, errno));
  SocketAddress bound;
  if (::getsockname(fd.get(), bound.get(), bound.mutable_length()) != 0) {
    return Err(CannotListen(at, errno));
  }
  return std::unique_ptr<ListeningSocket>(
      new ListeningSocket(loop, std::move(fd), bound.endpoint().value_or(at), handler));
}

ListeningSocket::ListeningSocket(EventLoop& loop, UniqueFd fd, const Endpoint& at,
                                 ConnectionHandler& handler)
    : loop_(loop), fd_(std::move(fd)), at_(at), handler_(handler) {
  loop_.driver().Watch(fd_.get(), *this);
}

ListeningSocket::~ListeningSocket() {
  if (!IsSet()) loop_.driver().Unwatch(fd_.get());
}

void ListeningSocket::Run() {
  for (int accepts = 0; accepts < kAcceptsATurn; ++accepts) {
    SocketAddress from;
    UniqueFd fd(
        ::accept4(fd_.get(), from.get(), from.mutable_length(), SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd) {
      handler_.OnConnection(std::move(fd), from.endpoint().value_or(Endpoint{}));
      continue;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      if (!IsSet()) loop_.driver().Unwatch(fd_.get());
      loop_.timers().Set(*this, loop_.Now() + kPause);
    }
    return;
  }
}

void ListeningSocket::OnTimer() { loop_.driver().Watch(fd_.get(), *this); }

}  // namespace tcpcopy
