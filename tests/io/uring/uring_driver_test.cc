#include "src/io/uring/uring_driver.h"

#include <fcntl.h>

#include <boost/test/unit_test.hpp>
#include <functional>

#include "src/io/unique_fd.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;

struct Pipe {
  Pipe() {
    int ends[2];
    BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    out = UniqueFd(ends[0]);
    in = UniqueFd(ends[1]);
  }
  void Write() { BOOST_REQUIRE(::write(in.get(), "x", 1) == 1); }
  void Read() {
    char byte = 0;
    BOOST_REQUIRE(::read(out.get(), &byte, 1) == 1);
  }
  UniqueFd out;
  UniqueFd in;
};

struct Handler final : ReadableHandler {
  void OnReadable() override {
    ++calls;
    if (then) then();
  }
  int calls = 0;
  std::function<void()> then;
};

struct Writer final : WritableHandler {
  void OnWritable() override {
    ++calls;
    if (then) then();
  }
  int calls = 0;
  std::function<void()> then;
};

/// Until it takes no more.
void Fill(const UniqueFd& fd) {
  const std::vector<char> bytes(4096);
  while (::write(fd.get(), bytes.data(), bytes.size()) > 0) {
  }
  BOOST_TEST(errno == EAGAIN);
}

void Empty(const UniqueFd& fd) {
  std::vector<char> bytes(4096);
  while (::read(fd.get(), bytes.data(), bytes.size()) > 0) {
  }
}

struct Fixture {
  MonotonicClock clock;
  std::unique_ptr<UringDriver> driver = UringDriver::Create(clock).value();
  Instant Past() const { return clock.Now() - 1ms; }
};

BOOST_FIXTURE_TEST_SUITE(UringDriverTest, Fixture)

BOOST_AUTO_TEST_CASE(TellsOfADescriptorAsLongAsItIsReadable) {
  Pipe pipe;
  Handler handler;
  driver->Watch(pipe.out.get(), handler);
  driver->Wait(Past());
  BOOST_TEST(handler.calls == 0);
  pipe.Write();
  driver->Wait(kNever);
  BOOST_TEST(handler.calls == 1);
  driver->Wait(kNever);  // not read yet
  BOOST_TEST(handler.calls == 2);
  pipe.Read();
  driver->Wait(Past());
  driver->Wait(Past());
  BOOST_TEST(handler.calls <= 3);  // one poll may have been armed before the reading
  const int before = handler.calls;
  driver->Wait(clock.Now() + 2ms);
  BOOST_TEST(handler.calls == before);
  pipe.Write();
  driver->Wait(kNever);
  BOOST_TEST(handler.calls == before + 1);
}

BOOST_AUTO_TEST_CASE(WaitEndsWhenItsTimeHasCome) {
  Pipe pipe;
  Handler handler;
  driver->Watch(pipe.out.get(), handler);
  const Instant until = clock.Now() + 5ms;
  int waits = 0;
  while (clock.Now() < until) {
    driver->Wait(until);
    ++waits;
  }
  BOOST_TEST(handler.calls == 0);
  BOOST_TEST(waits < 5);  // it waits, it does not spin
}

BOOST_AUTO_TEST_CASE(ALateCompletionReachesNobodyAfterUnwatch) {
  Pipe pipe;
  auto handler = std::make_unique<Handler>();
  driver->Watch(pipe.out.get(), *handler);
  driver->Wait(Past());  // armed
  pipe.Write();          // fires
  driver->Unwatch(pipe.out.get());
  handler.reset();
  driver->Wait(Past());
  driver->Wait(Past());
}

BOOST_AUTO_TEST_CASE(TheSameDescriptorMayBeWatchedAgainAtOnce) {
  Pipe pipe;
  Handler first;
  Handler second;
  driver->Watch(pipe.out.get(), first);
  driver->Wait(Past());
  driver->Unwatch(pipe.out.get());
  driver->Watch(pipe.out.get(), second);
  pipe.Write();
  while (second.calls == 0) driver->Wait(kNever);
  BOOST_TEST(first.calls == 0);
}

BOOST_AUTO_TEST_CASE(UnwatchBeforeTheFirstWaitIsForgotten) {
  Pipe pipe;
  Handler handler;
  driver->Watch(pipe.out.get(), handler);
  driver->Unwatch(pipe.out.get());
  pipe.Write();
  driver->Wait(Past());
  BOOST_TEST(handler.calls == 0);
}

BOOST_AUTO_TEST_CASE(AHandlerMayEndItsWatchingAndBeginOthers) {
  Pipe pipe;
  std::vector<Pipe> others(40);
  Handler other;
  Handler handler;
  handler.then = [&] {
    driver->Unwatch(pipe.out.get());
    for (Pipe& each : others) driver->Watch(each.out.get(), other);
  };
  driver->Watch(pipe.out.get(), handler);
  pipe.Write();
  driver->Wait(kNever);
  BOOST_TEST(handler.calls == 1);
  for (Pipe& each : others) each.Write();
  while (other.calls < 40) driver->Wait(kNever);
  BOOST_TEST(handler.calls == 1);
}

BOOST_AUTO_TEST_CASE(MoreDescriptorsThanTheQueueHasRoomFor) {
  driver = UringDriver::Create(clock, 4).value();
  std::vector<Pipe> pipes(100);
  Handler handler;
  for (Pipe& pipe : pipes) driver->Watch(pipe.out.get(), handler);
  for (Pipe& pipe : pipes) pipe.Write();
  while (handler.calls < 100) driver->Wait(kNever);
}

BOOST_AUTO_TEST_CASE(TheEndOfAPipeIsReadable) {
  Pipe pipe;
  Handler handler;
  driver->Watch(pipe.out.get(), handler);
  driver->Wait(Past());
  pipe.in = UniqueFd();
  while (handler.calls == 0) driver->Wait(kNever);
}

BOOST_AUTO_TEST_CASE(AClosedDescriptorIsToldOnce) {
  Handler handler;
  const int fd = ::dup(0);
  ::close(fd);
  driver->Watch(fd, handler);
  driver->Wait(kNever);
  driver->Wait(Past());
  BOOST_TEST(handler.calls == 1);
}

BOOST_AUTO_TEST_CASE(TellsOnceThatADescriptorTakesBytes) {
  Pipe pipe;
  Writer writer;
  driver->WatchWritable(pipe.in.get(), writer);
  driver->Wait(kNever);
  BOOST_TEST(writer.calls == 1);
  driver->Wait(clock.Now() + 2ms);
  BOOST_TEST(writer.calls == 1);  // still writable, but nobody asked again
  Fill(pipe.in);
  driver->WatchWritable(pipe.in.get(), writer);
  driver->Wait(clock.Now() + 2ms);
  BOOST_TEST(writer.calls == 1);
  Empty(pipe.out);
  while (writer.calls == 1) driver->Wait(kNever);
  BOOST_TEST(writer.calls == 2);
}

BOOST_AUTO_TEST_CASE(AWriterMayAskAgainAtOnce) {
  Pipe pipe;
  Writer writer;
  writer.then = [&] {
    if (writer.calls < 3) driver->WatchWritable(pipe.in.get(), writer);
  };
  driver->WatchWritable(pipe.in.get(), writer);
  while (writer.calls < 3) driver->Wait(kNever);
  driver->Wait(Past());
  BOOST_TEST(writer.calls == 3);
}

BOOST_AUTO_TEST_CASE(ReadingAndWritingAreWatchedApart) {
  int ends[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
  const UniqueFd a(ends[0]);
  const UniqueFd b(ends[1]);
  Handler reader;
  Writer writer;
  Fill(a);
  driver->Watch(a.get(), reader);
  driver->WatchWritable(a.get(), writer);
  BOOST_REQUIRE(::write(b.get(), "x", 1) == 1);
  driver->Wait(kNever);
  BOOST_TEST(reader.calls == 1);
  BOOST_TEST(writer.calls == 0);
  driver->Unwatch(a.get());
  Empty(b);
  while (writer.calls == 0) driver->Wait(kNever);
  BOOST_TEST(reader.calls == 1);
}

BOOST_AUTO_TEST_CASE(AWriterThatIsUnwatchedHearsNothing) {
  Pipe pipe;
  auto writer = std::make_unique<Writer>();
  driver->UnwatchWritable(pipe.in.get());  // not watched at all: no effect
  driver->WatchWritable(pipe.in.get(), *writer);
  driver->UnwatchWritable(pipe.in.get());
  driver->Wait(Past());
  BOOST_TEST(writer->calls == 0);
  Fill(pipe.in);
  driver->WatchWritable(pipe.in.get(), *writer);
  driver->Wait(Past());  // armed
  Empty(pipe.out);       // fires
  driver->UnwatchWritable(pipe.in.get());
  BOOST_TEST(writer->calls == 0);
  writer.reset();
  driver->Wait(Past());
  driver->Wait(Past());
}

BOOST_AUTO_TEST_CASE(AFailedDescriptorIsToldToItsWriter) {
  Pipe pipe;
  Writer writer;
  Fill(pipe.in);
  driver->WatchWritable(pipe.in.get(), writer);
  driver->Wait(Past());
  pipe.out = UniqueFd();
  while (writer.calls == 0) driver->Wait(kNever);
}

struct Results final : CompletionHandler {
  void OnCompletion(std::uint32_t token, int result) override { seen.emplace_back(token, result); }
  std::vector<std::pair<std::uint32_t, int>> seen;
};

BOOST_AUTO_TEST_CASE(SendsCompleteWithTheirTokens) {
  int ends[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) == 0);
  const UniqueFd a(ends[0]);
  const UniqueFd b(ends[1]);
  Results results;
  const auto id = driver->AddHandler(results);
  char text[] = "hello";
  iovec data{text, 5};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  BOOST_TEST(driver->QueueSendTo(id, 7, {a.get()}, message));
  BOOST_TEST(driver->QueueSendTo(id, 0xffffffff, {-1}, message));
  while (results.seen.size() < 2) driver->Wait(kNever);
  BOOST_TEST(results.seen[0].first == 7U);
  BOOST_TEST(results.seen[0].second == 5);
  BOOST_TEST(results.seen[1].first == 0xffffffffU);
  BOOST_TEST(results.seen[1].second == -EBADF);

  BOOST_TEST(driver->QueueSendTo(id, 8, {a.get()}, message));
  driver->RemoveHandler(id);
  driver->Wait(kNever);
  BOOST_TEST(results.seen.size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
