#include "src/io/io_error.h"

#include <boost/test/unit_test.hpp>
#include <cerrno>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(TellsTheKernelsReason) {
  BOOST_TEST(SystemError("cannot do it", ENOMEM).message == "cannot do it: Cannot allocate memory");
}

BOOST_AUTO_TEST_CASE(AMissingPrivilegeIsNamedWithItsRemedy) {
  for (const int error : {EPERM, EACCES}) {
    const IoError refused = PrivilegedError("cannot do it", error, "CAP_NET_RAW");
    BOOST_TEST(refused.message ==
               "cannot do it: CAP_NET_RAW is missing; run with sudo, or grant it once with "
               "`sudo setcap cap_net_raw,cap_net_admin+ep <binary>`");
  }
  const IoError other = PrivilegedError("cannot do it", ENODEV, "CAP_NET_RAW");
  BOOST_TEST(other.message == "cannot do it: No such device");
}

}  // namespace
}  // namespace tcpcopy
