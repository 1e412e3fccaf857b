#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

namespace tcpcopy::testing {

/// Runs `body` in a process of its own, for what changes a process for good; returns its exit code,
/// or -1 when a signal ended it.
template <typename Body>
int InChild(Body body) {
  std::fflush(nullptr);  // or the child would print what waits here, too
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace tcpcopy::testing
