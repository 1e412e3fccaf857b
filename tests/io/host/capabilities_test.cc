#include "src/io/host/capabilities.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

using Names = std::vector<std::string>;

Names MissingIn(std::string_view status) { return Capabilities::Parse(status).value().Missing(); }

BOOST_AUTO_TEST_CASE(TellsWhichAreMissing) {
  BOOST_TEST((MissingIn("Name:\tx\nCapEff:\t000001ffffffffff\n") == Names{}));
  BOOST_TEST((MissingIn("Name:\tx\nCapEff:\t0000000000000000\n") ==
              Names{"CAP_NET_RAW", "CAP_NET_ADMIN"}));
  BOOST_TEST((MissingIn("Name:\tx\nCapEff:\t0000000000002000\n") == Names{"CAP_NET_ADMIN"}));
  BOOST_TEST((MissingIn("Name:\tx\nCapEff:\t0000000000001000\n") == Names{"CAP_NET_RAW"}));
}

BOOST_AUTO_TEST_CASE(OtherTextTellsNothing) {
  BOOST_TEST(!Capabilities::Parse(""));
  BOOST_TEST(!Capabilities::Parse("Name:\tx\nCapInh:\t0000000000001000\n"));
  BOOST_TEST(!Capabilities::Parse("Name:\tx\nCapEff:\t"));
  BOOST_TEST(!Capabilities::Parse("Name:\tx\nCapEff:\tzz\n"));
}

}  // namespace
}  // namespace tcpcopy
