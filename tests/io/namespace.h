#pragma once

namespace tcpcopy::testing {

/// Moves this process, which must have one thread, into a fresh user and network namespace, in
/// which it has all capabilities over nothing but a loopback interface, and brings that up. Stops
/// the test program with a message when the kernel refuses.
void EnterNetworkNamespace();

/// Runs `command` in the shell; stops the test program with a message when it fails.
void Shell(const char* command);

/// Enters one once a program: `BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);`
struct InNetworkNamespace {
  InNetworkNamespace() { EnterNetworkNamespace(); }
};

}  // namespace tcpcopy::testing
