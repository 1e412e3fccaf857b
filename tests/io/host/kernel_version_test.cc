#include "src/io/host/kernel_version.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(ReadsTheFirstTwoNumbers) {
  BOOST_TEST((KernelVersion::Parse("6.1.0-13-amd64") == KernelVersion{6, 1}));
  BOOST_TEST((KernelVersion::Parse("5.15") == KernelVersion{5, 15}));
  BOOST_TEST(KernelVersion::Parse("5.15-rc1").value().ToString() == "5.15");
  for (const char* const text : {"", "6", "6.", "x.1", ".1", "-"}) {
    BOOST_TEST(!KernelVersion::Parse(text), text);
  }
}

BOOST_AUTO_TEST_CASE(VersionsAreOrderedByNumber) {
  BOOST_TEST((KernelVersion{5, 9} < KernelVersion{5, 10}));
  BOOST_TEST((KernelVersion{5, 19} < KernelVersion{6, 0}));
}

BOOST_AUTO_TEST_CASE(ThisHostHasBoth) {
  const HostName name = HostName::OfThisHost();
  BOOST_TEST(!name.host.empty());
  BOOST_TEST(KernelVersion::Parse(name.kernel_release).has_value());
}

}  // namespace
}  // namespace tcpcopy
