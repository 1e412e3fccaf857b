#include "tests/io/offload.h"

#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <cstring>

#include "src/io/unique_fd.h"

namespace tcpcopy::testing {

void SetOffload(const char* interface, std::uint32_t command, bool on) {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ethtool_value value{command, on ? 1U : 0U};
  ifreq request{};
  std::strncpy(request.ifr_name, interface, sizeof request.ifr_name - 1);
  request.ifr_data = static_cast<char*>(static_cast<void*>(&value));
  BOOST_TEST_REQUIRE(::ioctl(socket.get(), SIOCETHTOOL, &request) == 0);
}

}  // namespace tcpcopy::testing
