#pragma once

#include <string>

namespace tcpcopy::testing {

/// Moves this process, which must have one thread, into a fresh user, network and mount namespace,
/// in which it has all capabilities over nothing but a loopback interface, which is up, and an
/// empty /run. Stops the test program with a message when the kernel refuses.
void EnterNetworkNamespace();

/// Runs `command` in the shell; stops the test program with a message when it fails.
void Shell(const char* command);

/// Another host: a network namespace without anything but the interface that is given to it. Gone
/// with the object, and with this process.
class OtherHost {
 public:
  /// Takes `interface` away from this host.
  explicit OtherHost(const char* interface);
  OtherHost(const OtherHost&) = delete;
  OtherHost& operator=(const OtherHost&) = delete;
  ~OtherHost();

  /// As `Shell`, over there; one simple command.
  void Shell(const std::string& command) const;

 private:
  int keeper_ = -1;  // the process that keeps the namespace
};

/// Enters one once a program: `BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);`
struct InNetworkNamespace {
  InNetworkNamespace() { EnterNetworkNamespace(); }
};

}  // namespace tcpcopy::testing
