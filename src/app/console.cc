#include "src/app/console.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

namespace tcpcopy {
namespace {

std::string_view g_program = "tcpcopy";

}  // namespace

void PrepareStandardStreams() {
  ::signal(SIGPIPE, SIG_IGN);
  // The lowest free number is given out first.
  int fd = 0;
  while (fd >= 0 && fd <= STDERR_FILENO) fd = ::open("/dev/null", O_RDWR);
  if (fd >= 0) ::close(fd);
}

bool Write(std::FILE* out, std::string_view text) {
  // fmt::print would throw.
  const bool written = std::fwrite(text.data(), 1, text.size(), out) == text.size();
  return std::fflush(out) == 0 && written;
}

void NameProgram(std::string_view name) { g_program = name; }

void Log(std::string_view line) { Write(stderr, fmt::format("{}: {}\n", g_program, line)); }

}  // namespace tcpcopy
