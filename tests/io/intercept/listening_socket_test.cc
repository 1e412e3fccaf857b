#include "src/io/intercept/listening_socket.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <vector>

#include "src/io/socket_address.h"
#include "src/io/uring/uring_driver.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;

struct Accepting final : ConnectionHandler {
  void OnConnection(UniqueFd fd, const Endpoint& from) override {
    fds.push_back(std::move(fd));
    last_from = from;
  }
  std::vector<UniqueFd> fds;
  Endpoint last_from;
};

struct Fixture {
  auto Listen(const char* address, std::uint16_t port = 0) {
    return ListeningSocket::Create(loop, {*IpAddress::Parse(address), port}, accepting);
  }
  bool Until(const std::function<bool()>& condition) {
    const Instant latest = clock.Now() + std::chrono::seconds(10);
    while (!condition()) {
      if (clock.Now() > latest) return false;
      loop.RunOnce(clock.Now() + 5ms);
    }
    return true;
  }
  static UniqueFd Connect(const Endpoint& to) {
    const SocketAddress address(to);
    UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    BOOST_TEST(::connect(fd.get(), address.get(), address.length()) == 0);
    return fd;
  }

  MonotonicClock clock;
  std::unique_ptr<UringDriver> driver = UringDriver::Create(clock).value();
  EventLoop loop{clock, *driver};
  Accepting accepting;
};

BOOST_FIXTURE_TEST_SUITE(ListeningSocketTest, Fixture)

BOOST_AUTO_TEST_CASE(TakesConnectionsInBothFamilies) {
  for (const char* const address : {"127.0.0.1", "::1"}) {
    accepting.fds.clear();
    const auto listening = Listen(address).value();
    BOOST_TEST(listening->at().port > 0);
    const UniqueFd client = Connect(listening->at());
    BOOST_REQUIRE(Until([&] { return accepting.fds.size() == 1; }));
    BOOST_TEST(accepting.last_from.address.ToString() == address);
    BOOST_TEST((::fcntl(accepting.fds[0].get(), F_GETFL) & O_NONBLOCK) != 0);
  }
}

BOOST_AUTO_TEST_CASE(TheSamePortServesEachFamilyApart) {
  const auto v6 = Listen("::").value();
  BOOST_TEST(Listen("0.0.0.0", v6->at().port).has_value());
}

BOOST_AUTO_TEST_CASE(ManyAtOnceAreAllTaken) {
  const auto listening = Listen("127.0.0.1").value();
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 100; ++i) clients.push_back(Connect(listening->at()));
  BOOST_TEST(Until([&] { return accepting.fds.size() == 100; }));
}

BOOST_AUTO_TEST_CASE(WhatCannotBeListenedOnIsAnError) {
  const auto first = Listen("127.0.0.1").value();
  const auto second = Listen("127.0.0.1", first->at().port);
  BOOST_REQUIRE(!second.has_value());
  BOOST_TEST(second.error().message ==
             "cannot listen on " + first->at().ToString() + ": Address already in use");
  BOOST_TEST(second.error().busy);
}

BOOST_AUTO_TEST_CASE(WithoutDescriptorsItWaitsAndGoesOn) {
  const auto listening = Listen("127.0.0.1").value();
  const UniqueFd first = Connect(listening->at());
  BOOST_REQUIRE(Until([&] { return accepting.fds.size() == 1; }));
  const UniqueFd client = Connect(listening->at());
  rlimit former{};
  BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &former) == 0);
  const rlimit none{3, former.rlim_max};
  BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const Instant until = clock.Now() + 50ms;
  int turns = 0;
  for (; clock.Now() < until; ++turns) loop.RunOnce(until);
  BOOST_TEST(turns < 10);  // it does not spin
  BOOST_TEST(accepting.fds.size() == 1U);
  BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &former) == 0);
  BOOST_TEST(Until([&] { return accepting.fds.size() == 2; }));
}

BOOST_AUTO_TEST_CASE(MayGoWhileItWaits) {
  auto listening = Listen("127.0.0.1").value();
  const UniqueFd client = Connect(listening->at());
  rlimit former{};
  BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &former) == 0);
  const rlimit none{3, former.rlim_max};
  BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  for (int turn = 0; turn < 5; ++turn) loop.RunOnce(clock.Now() + 2ms);
  listening.reset();
  BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &former) == 0);
  loop.RunOnce(clock.Now());
  BOOST_TEST(accepting.fds.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
