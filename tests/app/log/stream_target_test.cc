#include "src/app/log/stream_target.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <climits>
#include <fstream>
#include <sstream>
#include <string>

#include "src/io/unique_fd.h"
#include "tests/app/service/in_child.h"
#include "tests/temporary_directory.h"

namespace tcpcopy {
namespace {

using testing::InChild;
using testing::TemporaryDirectory;

struct Ends {
  UniqueFd reading;
  UniqueFd writing;
};

Ends Pipe() {
  std::array<int, 2> fds{};
  BOOST_TEST_REQUIRE(::pipe2(fds.data(), O_CLOEXEC) == 0);
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

Ends SocketPair() {
  std::array<int, 2> fds{};
  BOOST_TEST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) == 0);
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

/// What can be read at once.
std::string Read(const UniqueFd& fd) {
  ::fcntl(fd.get(), F_SETFL, O_NONBLOCK);
  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t count; (count = ::read(fd.get(), part.data(), part.size())) > 0;) {
    text.append(part.data(), static_cast<std::size_t>(count));
  }
  return text;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

BOOST_AUTO_TEST_CASE(LinesArriveAtOnce) {
  for (const auto& make : {Pipe, SocketPair}) {
    const Ends ends = make();
    StreamTarget target(ends.writing.get());
    BOOST_TEST(target.Append("one\n") == 0);
    BOOST_TEST(target.Append("two\n") == 0);
    BOOST_TEST(Read(ends.reading) == "one\ntwo\n");
  }
}

/// As a pager on which nobody turns the page, or a journal that hangs.
BOOST_AUTO_TEST_CASE(AReaderThatDoesNotReadCostsWholeLinesAndNoTime) {
  for (const auto& make : {Pipe, SocketPair}) {
    const Ends ends = make();
    StreamTarget target(ends.writing.get());
    const std::string line = std::string(99, 'x') + "\n";
    std::size_t taken = 0;
    while (target.Append(line) == 0) ++taken;
    BOOST_TEST(target.Append(line) == EAGAIN);
    BOOST_TEST(taken > 100U);
    BOOST_TEST(Read(ends.reading).size() == taken * line.size());
    BOOST_TEST(target.Append("again\n") == 0);
    BOOST_TEST(Read(ends.reading) == "again\n");
  }
}

BOOST_AUTO_TEST_CASE(ALineThatIsTornEndsBeforeTheNextOne) {
  Ends ends = Pipe();
  StreamTarget target(ends.writing.get());
  const std::string longer(1U << 20, 'x');  // than any pipe is at first
  BOOST_TEST(target.Append(longer + "\n") == EAGAIN);
  const std::string begun = Read(ends.reading);
  BOOST_TEST(begun.size() >= PIPE_BUF);
  BOOST_TEST(begun.find('\n') == std::string::npos);
  BOOST_TEST(target.Append("next\n") == 0);
  BOOST_TEST(Read(ends.reading) == "\nnext\n");
}

BOOST_AUTO_TEST_CASE(NobodyThereIsAnError) {
  ::signal(SIGPIPE, SIG_IGN);
  Ends ends = Pipe();
  { const UniqueFd gone(std::move(ends.reading)); }
  BOOST_TEST(StreamTarget(ends.writing.get()).Append("x\n") == EPIPE);
  BOOST_TEST(StreamTarget(-1).Append("x\n") == EBADF);
}

BOOST_AUTO_TEST_CASE(AFullDeviceIsAnError) {
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  BOOST_TEST_REQUIRE(full.get() >= 0);
  BOOST_TEST(StreamTarget(full.get()).Append("x\n") == ENOSPC);
}

/// A limit on the file's size stands for a disk that becomes full in the middle of a line.
BOOST_AUTO_TEST_CASE(AFileNeverHoldsABeginningOfALine) {
  const TemporaryDirectory folder;
  for (const int flags : {O_APPEND, 0}) {
    const std::string path = folder.Write("log", "");
    const int code = InChild([&] {
      ::signal(SIGXFSZ, SIG_IGN);
      const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | flags));
      StreamTarget target(file.get());
      rlimit limit{25, RLIM_INFINITY};
      if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
      if (target.Append("ten bytes\n") != 0 || target.Append("ten bytes\n") != 0) return 2;
      if (target.Append("ten bytes\n") != EFBIG) return 3;
      limit.rlim_cur = RLIM_INFINITY;
      if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 4;
      return target.Append("the end\n") == 0 ? 0 : 5;
    });
    BOOST_TEST(code == 0);
    BOOST_TEST(ReadFile(path) == "ten bytes\nten bytes\nthe end\n");
  }
}

}  // namespace
}  // namespace tcpcopy
