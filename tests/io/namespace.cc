#include "tests/io/namespace.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "src/io/unique_fd.h"

namespace tcpcopy::testing {
namespace {

[[noreturn]] void Fail(const char* what) {
  std::perror(what);
  std::exit(2);
}

void WriteFile(const char* path, const std::string& text) {
  const UniqueFd file(::open(path, O_WRONLY | O_CLOEXEC));
  if (!file || ::write(file.get(), text.data(), text.size()) < 0) Fail(path);
}

}  // namespace

void EnterNetworkNamespace() {
  const std::string uid = std::to_string(::getuid());
  const std::string gid = std::to_string(::getgid());
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) != 0) Fail("unshare");
  WriteFile("/proc/self/setgroups", "deny");
  WriteFile("/proc/self/uid_map", "0 " + uid + " 1");
  WriteFile("/proc/self/gid_map", "0 " + gid + " 1");
  // iptables-legacy wants to make its lock there, and Bazel's sandbox shows the host's, read only.
  if (::mount("tmpfs", "/run", "tmpfs", 0, "mode=755") != 0) Fail("mount a /run of our own");

  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK;
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) Fail("bring up lo");
}

void Shell(const char* command) {
  if (std::system(command) != 0) Fail(command);
}

OtherHost::OtherHost(const char* interface) {
  int ready[2];
  if (::pipe(ready) != 0) Fail("pipe");
  keeper_ = ::fork();
  if (keeper_ < 0) Fail("fork");
  if (keeper_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::unshare(CLONE_NEWNET) != 0 || ::write(ready[1], "", 1) != 1) ::_exit(2);
    while (true) ::pause();
  }
  ::close(ready[1]);
  char byte = 0;
  if (::read(ready[0], &byte, 1) != 1) Fail("unshare in another process");
  ::close(ready[0]);
  testing::Shell(
      ("ip link set " + std::string(interface) + " netns " + std::to_string(keeper_)).c_str());
}

OtherHost::~OtherHost() {
  ::kill(keeper_, SIGKILL);
  ::waitpid(keeper_, nullptr, 0);
}

void OtherHost::Shell(const std::string& command) const {
  testing::Shell(("nsenter --net=/proc/" + std::to_string(keeper_) + "/ns/net " + command).c_str());
}

}  // namespace tcpcopy::testing
