#include "src/io/intercept/stream_socket.h"

#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>
#include <vector>

#include "src/io/intercept/listening_socket.h"
#include "src/io/socket_address.h"
#include "src/io/uring/uring_driver.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;

struct Handler final : StreamSocketHandler {
  void OnConnected() override { log += "connected "; }
  void OnBytes(ConstBytes bytes) override {
    text.append(bytes.begin(), bytes.end());
    if (then) then();
  }
  void OnClosed(const std::string& why) override { log += "closed: " + why; }
  std::string log;
  std::string text;
  std::function<void()> then;
};

struct Accepting final : ConnectionHandler {
  void OnConnection(UniqueFd fd, const Endpoint&) override { fds.push_back(std::move(fd)); }
  std::vector<UniqueFd> fds;
};

/// A socket under test, and a plain one at its other end.
struct Fixture {
  Fixture() {
    const Endpoint localhost{IpAddress::V4(0x7f000001), 0};
    listening = ListeningSocket::Create(loop, localhost, accepting).value();
  }
  bool Until(const std::function<bool()>& condition) {
    const Instant latest = clock.Now() + std::chrono::seconds(10);
    while (!condition()) {
      if (clock.Now() > latest) return false;
      loop.RunOnce(clock.Now() + 5ms);
    }
    return true;
  }
  void Open() {
    socket.Connect(listening->at());
    BOOST_REQUIRE(Until([&] { return handler.log == "connected "; }));
    BOOST_REQUIRE(Until([&] { return !accepting.fds.empty(); }));
  }
  int other() const { return accepting.fds.at(0).get(); }
  void Say(std::string_view text) {
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    socket.out().Add(bytes);
    socket.Flush();
  }
  std::string ReadAll(std::size_t at_least) {
    std::string all;
    Until([&] {
      std::vector<char> bytes(65536);
      const ssize_t got = ::recv(other(), bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (got > 0) all.append(bytes.data(), static_cast<std::size_t>(got));
      return all.size() >= at_least;
    });
    return all;
  }

  MonotonicClock clock;
  std::unique_ptr<UringDriver> driver = UringDriver::Create(clock).value();
  EventLoop loop{clock, *driver};
  Accepting accepting;
  std::unique_ptr<ListeningSocket> listening;
  Handler handler;
  StreamSocket socket{loop, handler, 1'000'000};
};

BOOST_FIXTURE_TEST_SUITE(StreamSocketTest, Fixture)

BOOST_AUTO_TEST_CASE(ConnectsReadsAndWrites) {
  BOOST_TEST(!socket.open());
  Open();
  BOOST_TEST(socket.open());
  BOOST_TEST(::send(other(), "hello", 5, 0) == 5);
  BOOST_REQUIRE(Until([&] { return handler.text == "hello"; }));
  BOOST_TEST(socket.received() == 5U);
  Say("good ");
  Say("morning");
  BOOST_TEST(ReadAll(12) == "good morning");
  BOOST_TEST(socket.sent() == 12U);
  BOOST_TEST((socket.stuck_since() == kNever));
}

BOOST_AUTO_TEST_CASE(WhatATurnGathersLeavesAtItsEnd) {
  Open();
  Say("a");
  char byte = 0;
  BOOST_TEST(::recv(other(), &byte, 1, MSG_DONTWAIT) == -1);
  Say("b");
  loop.RunOnce(clock.Now());
  BOOST_TEST(socket.out().empty());
  BOOST_TEST(ReadAll(2) == "ab");
}

BOOST_AUTO_TEST_CASE(NobodyThereIsAnError) {
  const Endpoint at = listening->at();
  listening.reset();
  loop.RunOnce(clock.Now());
  socket.Connect(at);
  BOOST_REQUIRE(Until([&] { return !handler.log.empty(); }));
  BOOST_TEST(handler.log == "closed: Connection refused");
  BOOST_TEST(!socket.open());
}

BOOST_AUTO_TEST_CASE(NoRouteIsAnError) {
  // A multicast address cannot be connected to, with any routes.
  socket.Connect({IpAddress::V4(0xe0000001), 1});
  BOOST_REQUIRE(Until([&] { return !handler.log.empty(); }));
  BOOST_TEST(handler.log.starts_with("closed: "));
}

BOOST_AUTO_TEST_CASE(TheOtherSideEnds) {
  Open();
  BOOST_TEST(::send(other(), "bye", 3, 0) == 3);
  accepting.fds.clear();
  BOOST_REQUIRE(Until([&] { return !socket.open(); }));
  BOOST_TEST(handler.log == "connected closed: closed the connection");
  BOOST_TEST(handler.text == "bye");
}

BOOST_AUTO_TEST_CASE(TheOtherSideResets) {
  Open();
  const linger none{1, 0};
  ::setsockopt(other(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
  accepting.fds.clear();
  BOOST_REQUIRE(Until([&] { return !socket.open(); }));
  BOOST_TEST(handler.log == "connected closed: Connection reset by peer");
}

BOOST_AUTO_TEST_CASE(LastWordsAreHeardBeforeAFailedWrite) {
  Open();
  BOOST_TEST(::send(other(), "no!", 3, 0) == 3);
  accepting.fds.clear();
  Say("x");  // meets a closed socket, which resets
  loop.RunOnce(clock.Now());
  Say("y");
  BOOST_REQUIRE(Until([&] { return !socket.open(); }));
  BOOST_TEST(handler.text == "no!");
}

BOOST_AUTO_TEST_CASE(ClosingWritesWhatItCanAndIsSilent) {
  Open();
  Say("last words");
  socket.Close();
  BOOST_TEST(!socket.open());
  BOOST_TEST(ReadAll(10) == "last words");
  char byte = 0;
  BOOST_TEST(Until([&] { return ::recv(other(), &byte, 1, MSG_DONTWAIT) == 0; }));
  BOOST_TEST(handler.log == "connected ");
}

BOOST_AUTO_TEST_CASE(OneThatDoesNotReadIsWaitedFor) {
  Open();
  std::string sent;
  BOOST_REQUIRE(Until([&] {
    while (socket.out().HasRoomFor(10'000)) {
      const std::string piece(10'000, static_cast<char>('a' + sent.size() / 10'000 % 26));
      Say(piece);
      sent += piece;
    }
    return socket.stuck_since() != kNever && !socket.out().HasRoomFor(10'000);
  }));
  const Instant since = socket.stuck_since();
  loop.RunOnce(clock.Now() + 5ms);
  BOOST_TEST((socket.stuck_since() == since));
  BOOST_TEST((ReadAll(sent.size()) == sent));
  BOOST_TEST((socket.stuck_since() == kNever));
  BOOST_TEST(handler.log == "connected ");
}

BOOST_AUTO_TEST_CASE(AHandlerMayCloseInTheMidstOfReading) {
  Open();
  handler.then = [&] { socket.Close(); };
  const std::vector<char> much(500'000, 'x');
  ::send(other(), much.data(), much.size(), MSG_DONTWAIT);
  BOOST_REQUIRE(Until([&] { return !handler.text.empty(); }));
  const std::size_t seen = handler.text.size();
  loop.RunOnce(clock.Now() + 5ms);
  BOOST_TEST(handler.text.size() == seen);
  BOOST_TEST(handler.log == "connected ");
}

BOOST_AUTO_TEST_CASE(MayBeConnectedAgain) {
  Open();
  Say("lost");
  socket.Close();
  handler.log.clear();
  socket.Connect(listening->at());
  BOOST_REQUIRE(Until([&] { return accepting.fds.size() == 2; }));
  BOOST_TEST(::send(accepting.fds[1].get(), "again", 5, 0) == 5);
  BOOST_REQUIRE(Until([&] { return handler.text == "again"; }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
