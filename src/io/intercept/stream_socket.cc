#include "src/io/intercept/stream_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "netstack/base/check.h"
#include "src/io/socket_address.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr int kReadsATurn = 4;  // so that one busy peer leaves the others their turns

// A host that vanished is found out by the kernel where the protocol has no heartbeats.
constexpr int kIdleSeconds = 5;
constexpr int kProbeSeconds = 2;
constexpr int kProbes = 3;
constexpr int kUnackedMilliseconds = 10'000;

void SetOption(int fd, int level, int name, int value) {
  // Each of them only makes things better; a kernel that refuses one is no reason to stop.
  static_cast<void>(::setsockopt(fd, level, name, &value, sizeof value));
}

void SetUp(int fd) {
  SetOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  SetOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  SetOption(fd, IPPROTO_TCP, TCP_KEEPIDLE, kIdleSeconds);
  SetOption(fd, IPPROTO_TCP, TCP_KEEPINTVL, kProbeSeconds);
  SetOption(fd, IPPROTO_TCP, TCP_KEEPCNT, kProbes);
  SetOption(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, kUnackedMilliseconds);
}

}  // namespace

StreamSocket::StreamSocket(EventLoop& loop, StreamSocketHandler& handler, std::size_t out_limit)
    : loop_(loop), handler_(handler), out_(out_limit) {}

StreamSocket::~StreamSocket() { Close(); }

void StreamSocket::Begin(UniqueFd fd) {
  TCPCOPY_CHECK(!open());
  fd_ = std::move(fd);
  SetUp(fd_.get());
  out_.Clear();
  last_read_ = loop_.Now();
  stuck_since_ = kNever;
}

void StreamSocket::Connect(const Endpoint& to) {
  const SocketAddress address(to);
  UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return handler_.OnClosed(std::strerror(errno));
  connecting_ = true;
  Begin(std::move(fd));
  if (::connect(fd_.get(), address.get(), address.length()) != 0 && errno != EINPROGRESS) {
    return Fail(std::strerror(errno));
  }
  loop_.driver().WatchWritable(fd_.get(), *this);
}

void StreamSocket::Adopt(UniqueFd fd) {
  connecting_ = false;
  Begin(std::move(fd));
  loop_.driver().Watch(fd_.get(), *this);
}

void StreamSocket::FinishConnecting() {
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return Fail(std::strerror(error));
  connecting_ = false;
  last_read_ = loop_.Now();
  loop_.driver().Watch(fd_.get(), *this);
  handler_.OnConnected();
}

void StreamSocket::Flush() {
  if (open() && !connecting_ && stuck_since_ == kNever) loop_.PostLast(write_task_);
}

void StreamSocket::Close() {
  if (!open()) return;
  if (!connecting_) {
    SendWaiting();
    // At once, though the driver holds on to the socket until it waits the next time.
    ::shutdown(fd_.get(), SHUT_WR);
  }
  read_task_.unlink();
  write_task_.unlink();
  loop_.driver().UnwatchWritable(fd_.get());
  if (!connecting_) loop_.driver().Unwatch(fd_.get());
  fd_ = UniqueFd();
  out_.Clear();
  stuck_since_ = kNever;
}

void StreamSocket::Read() {
  std::array<std::uint8_t, kReadBytes> bytes;
  for (int reads = 0; open() && !connecting_ && reads < kReadsATurn; ++reads) {
    const ssize_t got = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
    if (got > 0) {
      last_read_ = loop_.Now();
      received_ += static_cast<std::uint64_t>(got);
      handler_.OnBytes(ConstBytes(bytes).first(static_cast<std::size_t>(got)));
      // That was all; should more have come meanwhile, the driver tells.
      if (static_cast<std::size_t>(got) < bytes.size()) return;
    } else if (got == 0) {
      return Fail("closed the connection");
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return;
    } else if (errno != EINTR) {
      return Fail(std::strerror(errno));
    }
  }
}

int StreamSocket::SendWaiting() {
  while (!out_.empty()) {
    const ConstBytes waiting = out_.waiting();
    const ssize_t sent = ::send(fd_.get(), waiting.data(), waiting.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return errno;
    out_.Written(static_cast<std::size_t>(sent));
    sent_ += static_cast<std::uint64_t>(sent);
    stuck_since_ = kNever;
  }
  return 0;
}

void StreamSocket::Write() {
  if (!open()) return;
  if (connecting_) return FinishConnecting();
  const int error = SendWaiting();
  if (error == 0) {
    stuck_since_ = kNever;
  } else if (error == EAGAIN || error == EWOULDBLOCK) {
    if (stuck_since_ == kNever) stuck_since_ = loop_.Now();
    loop_.driver().WatchWritable(fd_.get(), *this);
  } else {
    // The reason may stand in what the other side said last.
    Read();
    if (open()) Fail(std::strerror(error));
  }
}

void StreamSocket::Fail(const std::string& why) {
  out_.Clear();
  Close();
  handler_.OnClosed(why);
}

}  // namespace tcpcopy
