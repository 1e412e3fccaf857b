#include "src/app/console.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <string>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(TextIsWrittenAtOnce) {
  std::array<int, 2> ends{};
  BOOST_TEST_REQUIRE(::pipe(ends.data()) == 0);
  std::FILE* out = ::fdopen(ends[1], "w");
  BOOST_TEST(Write(out, "a line\n"));
  std::array<char, 16> read{};
  BOOST_TEST(::read(ends[0], read.data(), read.size()) == 7);
  BOOST_TEST(std::string(read.data()) == "a line\n");
  std::fclose(out);
  ::close(ends[0]);
}

BOOST_AUTO_TEST_CASE(AFullDiskIsReported) {
  std::FILE* full = std::fopen("/dev/full", "w");
  BOOST_TEST_REQUIRE(full != nullptr);
  BOOST_TEST(!Write(full, "a line\n"));
  std::fclose(full);
}

BOOST_AUTO_TEST_CASE(APipeThatNobodyReadsIsReported) {
  const auto former = ::signal(SIGPIPE, SIG_DFL);
  PrepareStandardStreams();
  std::array<int, 2> ends{};
  BOOST_TEST_REQUIRE(::pipe(ends.data()) == 0);
  ::close(ends[0]);
  std::FILE* out = ::fdopen(ends[1], "w");
  BOOST_TEST(!Write(out, "a line\n"));
  std::fclose(out);
  ::signal(SIGPIPE, former);
}

/// In a process of its own: which of its standard streams are open afterwards, as bits.
int OpenAfterClosing(int first, int last) {
  const pid_t child = ::fork();
  if (child == 0) {
    for (int fd = first; fd <= last; ++fd) ::close(fd);
    PrepareStandardStreams();
    int open = 0;
    for (int fd = 0; fd <= 2; ++fd) open |= ::fcntl(fd, F_GETFD) >= 0 ? 1 << fd : 0;
    ::_exit(::fcntl(3, F_GETFD) < 0 ? open : 8);  // none is opened in vain
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

BOOST_AUTO_TEST_CASE(ClosedStandardStreamsAreOpened) {
  BOOST_TEST(OpenAfterClosing(0, 10) == 7);
  BOOST_TEST(OpenAfterClosing(2, 10) == 7);
  BOOST_TEST(OpenAfterClosing(1, 1) == 7);
}

/// What standard output, a pipe that holds `before` bytes already, and standard error hold after
/// `body`; its result, "1" or "0", in front.
template <typename Body>
std::string Printed(std::size_t before, Body body) {
  std::array<int, 2> ends{};
  BOOST_TEST_REQUIRE(::pipe2(ends.data(), O_NONBLOCK) == 0);
  std::fflush(nullptr);  // or the child would print what waits here, too
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    const std::string filling(before, '.');
    if (before > 0 && ::write(STDOUT_FILENO, filling.data(), before) < 0) ::_exit(2);
    ::fcntl(STDOUT_FILENO, F_SETFL, 0);
    ::_exit(body() ? 1 : 0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(ends[1]);
  std::string text = std::to_string(WEXITSTATUS(status));
  std::array<char, 4096> part{};
  for (ssize_t count; (count = ::read(ends[0], part.data(), part.size())) > 0;) {
    text.append(part.data(), static_cast<std::size_t>(count));
  }
  ::close(ends[0]);
  return text;
}

BOOST_AUTO_TEST_CASE(ResultsForPeopleGoToStandardOutput) {
  for (const Moment moment : {Moment::kMeanwhile, Moment::kAtTheEnd}) {
    BOOST_TEST(Printed(0, [&] { return PrintResult(moment, "a table\n", "title", "{}"); }) ==
               "1a table\n");
  }
}

BOOST_AUTO_TEST_CASE(MeanwhileNobodyWaitsForWhoeverDoesNotRead) {
  constexpr std::size_t kFull = 65536;
  const std::string printed =
      Printed(kFull, [] { return PrintResult(Moment::kMeanwhile, "a table\n", "title", "{}"); });
  BOOST_TEST(printed == "0" + std::string(kFull, '.'));
}

}  // namespace
}  // namespace tcpcopy
