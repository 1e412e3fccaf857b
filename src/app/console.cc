#include "src/app/console.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <ctime>
#include <string>

#include "src/runtime/clock.h"

namespace tcpcopy {
namespace {

std::string_view g_program = "tcpcopy";
bool g_stamped = false;

/// "2026-11-23T14:17:19.697Z ", or nothing.
std::string Stamp() {
  if (!g_stamped) return "";
  const Duration now = TimeOfDay();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(now - seconds);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z ",
                     fmt::gmtime(static_cast<std::time_t>(seconds.count())), milliseconds.count());
}

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

void StampLog() { g_stamped = true; }

void Log(std::string_view line) {
  Write(stderr, fmt::format("{}{}: {}\n", Stamp(), g_program, line));
}

}  // namespace tcpcopy
