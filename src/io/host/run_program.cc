#include "src/io/host/run_program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "src/io/unique_fd.h"

namespace tcpcopy {
namespace {

/// A file without a name: nobody has to read while the program writes.
UniqueFd MemoryFile() { return UniqueFd(::memfd_create("tcpcopy", MFD_CLOEXEC)); }

std::string ContentOf(const UniqueFd& file) {
  std::string text;
  std::array<char, 65536> chunk;
  while (true) {
    const ssize_t got =
        ::pread(file.get(), chunk.data(), chunk.size(), static_cast<off_t>(text.size()));
    if (got <= 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

/// A capability that we have from our file is not handed on by itself; an ambient one is. Best
/// effort: who is root needs none of this.
class HandOnNetAdmin {
 public:
  HandOnNetAdmin() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    if (::syscall(SYS_capget, &header, sets_.data()) != 0) return;
    std::array<__user_cap_data_struct, 2> wider = sets_;
    wider[0].inheritable |= 1U << CAP_NET_ADMIN;
    if (::syscall(SYS_capset, &header, wider.data()) != 0) return;
    raised_ = ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0) == 0;
  }
  HandOnNetAdmin(const HandOnNetAdmin&) = delete;
  HandOnNetAdmin& operator=(const HandOnNetAdmin&) = delete;
  ~HandOnNetAdmin() {
    if (!raised_) return;
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_NET_ADMIN, 0, 0);
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    ::syscall(SYS_capset, &header, sets_.data());
  }

 private:
  std::array<__user_cap_data_struct, 2> sets_{};
  bool raised_ = false;
};

std::string SearchPath() {
  const char* const path = std::getenv("PATH");
  return fmt::format("PATH={}{}/usr/sbin:/sbin:/usr/bin:/bin", path == nullptr ? "" : path,
                     path == nullptr ? "" : ":");
}

/// The file of a program, by the directories of `path` ("PATH=..."); as it is when there is none.
std::string Find(const std::string& name, std::string_view path) {
  path.remove_prefix(path.find('=') + 1);
  while (!path.empty()) {
    const std::size_t colon = std::min(path.find(':'), path.size());
    const std::string file = fmt::format("{}/{}", path.substr(0, colon), name);
    if (::access(file.c_str(), X_OK) == 0) return file;
    path.remove_prefix(std::min(colon + 1, path.size()));
  }
  return name;
}

}  // namespace

Result<ProgramResult, IoError> RunProgram(const std::vector<std::string>& command,
                                          const std::string& input) {
  const std::string what = fmt::format("cannot run {}", command.front());
  const std::array<UniqueFd, 3> files = {MemoryFile(), MemoryFile(), MemoryFile()};
  for (const UniqueFd& file : files) {
    if (!file) return Err(SystemError(what, errno));
  }
  if (::pwrite(files[0].get(), input.data(), input.size(), 0) !=
      static_cast<ssize_t>(input.size())) {
    return Err(SystemError(what, errno));
  }
  std::string path = SearchPath();
  std::array<char*, 2> environment = {path.data(), nullptr};
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  for (int fd = 0; fd < 3; ++fd) {
    ::posix_spawn_file_actions_adddup2(&actions, files[static_cast<std::size_t>(fd)].get(), fd);
  }
  // Our signals are blocked: they are events of the loop.
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = -1;
  int error = 0;
  {
    const HandOnNetAdmin hand_on;
    error = ::posix_spawn(&pid, Find(words.front(), path).c_str(), &actions, &attributes,
                          arguments.data(), environment.data());
  }
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return Err(SystemError(what, error));

  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return Err(SystemError(what, errno));
  }
  return ProgramResult{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
                       ContentOf(files[1]), ContentOf(files[2])};
}

}  // namespace tcpcopy
