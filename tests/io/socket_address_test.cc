#include "src/io/socket_address.h"

#include <netinet/in.h>

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(EndpointsSurviveTheWayToTheKernelAndBack) {
  for (const char* const address : {"10.1.2.3", "2001:db8::1"}) {
    const Endpoint endpoint{IpAddress::Parse(address).value(), 8080};
    const SocketAddress name(endpoint);
    BOOST_TEST((name.endpoint() == endpoint), address);
    BOOST_TEST(name.family() == (endpoint.address.IsV4() ? AF_INET : AF_INET6));
    BOOST_TEST(name.length() ==
               (endpoint.address.IsV4() ? sizeof(sockaddr_in) : sizeof(sockaddr_in6)));
  }
}

BOOST_AUTO_TEST_CASE(WhatIsNoEndpointIsNone) {
  BOOST_TEST(!SocketAddress().endpoint());
  BOOST_TEST(!SocketAddress::FromKernel(nullptr));
  sockaddr other{};
  other.sa_family = AF_UNIX;
  BOOST_TEST(!SocketAddress::FromKernel(&other));
}

}  // namespace
}  // namespace tcpcopy
