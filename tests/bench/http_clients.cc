// Short HTTP connections at a steady rate, whatever the answers do: connection i begins i / RATE
// seconds after the first, and its latency counts from then until the answer's last byte, so a late
// answer cannot hide that others had to wait. Prints one JSON object.

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "netstack/base/check.h"
#include "netstack/base/time.h"
#include "src/io/unique_fd.h"
#include "src/runtime/clock.h"

namespace tcpcopy::bench {
namespace {

constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n";
constexpr std::size_t kMostAtOnce = 16000;
constexpr Duration kPatience = std::chrono::seconds(10);  // for the last answers

struct Plan {
  sockaddr_in server{};
  std::vector<sockaddr_in> clients;  // used in turn
  double rate = 0;                   // a second
  std::uint64_t connections = 0;
};

struct Connection {
  UniqueFd socket;
  Instant due;
  bool asked = false;
  bool answered = false;
};

class Load {
 public:
  explicit Load(Plan plan) : plan_(std::move(plan)), poll_(::epoll_create1(EPOLL_CLOEXEC)) {}

  void Run() {
    began_ = clock_.Now();
    Instant last = began_;
    while (ended_ < plan_.connections) {
      const Instant now = clock_.Now();
      BeginThose(now);
      if (began_count_ < plan_.connections) last = now;
      if (now - last > kPatience) break;
      Poll(now);
    }
    took_ = clock_.Now() - began_;
  }

  void Print() {
    std::ranges::sort(latencies_);
    std::ranges::sort(lateness_);
    fmt::print(R"({{"connections": {}, "answered": {}, "failed": {}, "seconds": {:.3f}, )"
               R"("latency_ms": {{"50": {:.3f}, "99": {:.3f}}}, "late_ms": {{"99": {:.3f}}}}})"
               "\n",
               plan_.connections, latencies_.size(), plan_.connections - latencies_.size(),
               std::chrono::duration<double>(took_).count(), At(latencies_, 50), At(latencies_, 99),
               At(lateness_, 99));
  }

 private:
  Instant DueOf(std::uint64_t number) const {
    const std::chrono::duration<double> after(static_cast<double>(number) / plan_.rate);
    return began_ + std::chrono::duration_cast<Duration>(after);
  }

  void BeginThose(Instant now) {
    while (began_count_ < plan_.connections && DueOf(began_count_) <= now &&
           began_count_ - ended_ < kMostAtOnce) {
      lateness_.push_back(now - DueOf(began_count_));
      Begin(began_count_++);
    }
  }

  void Begin(std::uint64_t number) {
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    TCPCOPY_CHECK(socket.get() >= 0);
    const int yes = 1;
    ::setsockopt(socket.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    const sockaddr_in& own = plan_.clients[number % plan_.clients.size()];
    TCPCOPY_CHECK(::bind(socket.get(), Name(own), sizeof own) == 0);
    if (::connect(socket.get(), Name(plan_.server), sizeof plan_.server) != 0 &&
        errno != EINPROGRESS) {
      ++ended_;
      return;
    }
    const auto place = static_cast<std::size_t>(socket.get());
    if (place >= open_.size()) open_.resize(place + 1);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.u64 = place;
    TCPCOPY_CHECK(::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, socket.get(), &event) == 0);
    open_[place] = {std::move(socket), DueOf(number)};
  }

  void Poll(Instant now) {
    Duration wait = std::chrono::milliseconds(100);
    if (began_count_ < plan_.connections) {
      wait = std::max(Duration::zero(), DueOf(began_count_) - now);
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait);
    const timespec timeout{seconds.count(), std::chrono::nanoseconds(wait - seconds).count()};
    std::array<epoll_event, 256> events;
    const int count = ::epoll_pwait2(poll_.get(), events.data(), static_cast<int>(events.size()),
                                     &timeout, nullptr);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      Connection& connection = open_[event.data.u64];
      if (connection.socket.get() >= 0) Continue(connection, event.events);
    }
  }

  void Continue(Connection& connection, std::uint32_t events) {
    const int socket = connection.socket.get();
    if (!connection.asked && (events & EPOLLOUT) != 0 && (events & EPOLLERR) == 0) {
      connection.asked = true;
      if (::send(socket, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) < 0)
        return End(connection);
    }
    if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) == 0) return;
    std::array<char, 4096> buffer;
    while (true) {
      const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), 0);
      if (got > 0) {
        connection.answered = true;
        continue;
      }
      if (got < 0 && errno == EAGAIN) return;
      if (got == 0 && connection.answered) latencies_.push_back(clock_.Now() - connection.due);
      return End(connection);
    }
  }

  void End(Connection& connection) {
    connection = {};
    ++ended_;
  }

  static const sockaddr* Name(const sockaddr_in& name) {
    return reinterpret_cast<const sockaddr*>(&name);
  }
  static double At(const std::vector<Duration>& sorted, std::size_t percent) {
    if (sorted.empty()) return 0;
    const Duration value = sorted[std::min(sorted.size() - 1, sorted.size() * percent / 100)];
    return std::chrono::duration<double, std::milli>(value).count();
  }

  const MonotonicClock clock_;
  const Plan plan_;
  const UniqueFd poll_;
  std::vector<Connection> open_;  // by descriptor
  Instant began_{};
  Duration took_{};
  std::uint64_t began_count_ = 0;
  std::uint64_t ended_ = 0;
  std::vector<Duration> latencies_;
  std::vector<Duration> lateness_;  // of this program itself
};

sockaddr_in Address(const char* text, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  TCPCOPY_CHECK(::inet_pton(AF_INET, text, &address.sin_addr) == 1);
  return address;
}

}  // namespace
}  // namespace tcpcopy::bench

int main(int argc, char** argv) {
  using namespace tcpcopy::bench;
  if (argc < 5) {
    fmt::print(stderr, "usage: http_clients SERVER RATE CONNECTIONS CLIENT_ADDRESS...\n");
    return 2;
  }
  Plan plan;
  plan.server = Address(argv[1], 80);
  plan.rate = std::strtod(argv[2], nullptr);
  plan.connections = std::strtoull(argv[3], nullptr, 10);
  for (int i = 4; i < argc; ++i) plan.clients.push_back(Address(argv[i], 0));
  TCPCOPY_CHECK(plan.rate > 0);
  ::prctl(PR_SET_TIMERSLACK, 1);  // ns: connections begin when they are due
  Load load(std::move(plan));
  load.Run();
  load.Print();
  return 0;
}
