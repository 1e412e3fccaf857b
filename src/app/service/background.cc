#include "src/app/service/background.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

namespace tcpcopy {
namespace {

constexpr char kReady = 'r';

/// In the foreground.
[[noreturn]] void Wait(const UniqueFd& background, pid_t child) {
  char said = 0;
  ssize_t count = 0;
  do {
    count = ::read(background.get(), &said, 1);
  } while (count < 0 && errno == EINTR);
  if (count == 1 && said == kReady) ::_exit(EXIT_SUCCESS);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE);
}

}  // namespace

Result<Background, IoError> Background::Begin() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Err(SystemError("cannot make a pipe", errno));
  UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return Err(SystemError("cannot go to the background", errno));
  if (child > 0) {
    writing = UniqueFd();
    Wait(reading, child);
  }
  return Background(std::move(writing));
}

void Background::Ready() {
  ::setsid();  // no key and no hangup of the terminal concerns it any longer
  const UniqueFd nowhere(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (nowhere) ::dup2(nowhere.get(), stream);
  }
  // A foreground that was killed meanwhile is no reason to stop.
  [[maybe_unused]] const ssize_t told = ::write(foreground_.get(), &kReady, 1);
  foreground_ = UniqueFd();
}

}  // namespace tcpcopy
