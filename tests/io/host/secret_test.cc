#include "src/io/host/secret.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(ABootHasOneAndEachCallOfTheOtherAnother) {
  BOOST_TEST(SecretOfThisBoot() == SecretOfThisBoot());
  BOOST_TEST(SecretOfThisBoot() != 0U);
  BOOST_TEST(RandomSecret() != RandomSecret());
}

}  // namespace
}  // namespace tcpcopy
