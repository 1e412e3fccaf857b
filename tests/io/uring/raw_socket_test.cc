#include "src/io/uring/raw_socket.h"

#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <boost/test/unit_test.hpp>

#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

int Option(const UniqueFd& fd, int level, int name) {
  int value = 0;
  socklen_t length = sizeof value;
  BOOST_TEST(::getsockopt(fd.get(), level, name, &value, &length) == 0);
  return value;
}

BOOST_AUTO_TEST_CASE(SendsHeadersOfOurOwnInBothFamilies) {
  const auto sockets = RawSockets::Open();
  BOOST_REQUIRE(sockets.has_value());
  BOOST_TEST(Option(sockets->v4, IPPROTO_IP, IP_HDRINCL) == 1);
  BOOST_TEST(Option(sockets->v6, IPPROTO_IPV6, IPV6_HDRINCL) == 1);
  BOOST_TEST(Option(sockets->v4, SOL_SOCKET, SO_SNDBUF) > 0);
}

BOOST_AUTO_TEST_CASE(WithoutThePrivilegeTheErrorNamesIt) {
  // A further user namespace without a mapping: its capabilities reach no network of ours.
  const pid_t child = ::fork();
  if (child == 0) {
    const bool moved = ::unshare(CLONE_NEWUSER) == 0;
    const auto sockets = RawSockets::Open();
    const bool named =
        !sockets && sockets.error().message.starts_with(
                        "cannot open a raw IPv4 socket: CAP_NET_RAW is missing; run with sudo");
    ::_exit(moved && named ? 0 : 1);
  }
  int status = -1;
  BOOST_TEST(::waitpid(child, &status, 0) == child);
  BOOST_TEST(status == 0);
}

}  // namespace
}  // namespace tcpcopy
