#include "netstack/wire/host_port.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

struct Good {
  const char* text;
  const char* address;  // "" for none
  int port;             // 0 for none
};

BOOST_AUTO_TEST_CASE(AcceptedForms) {
  const Good table[] = {
      {"10.0.0.1:80", "10.0.0.1", 80},
      {"10.0.0.1", "10.0.0.1", 0},
      {"80", "", 80},
      {"65535", "", 65535},
      {"[2001:db8::1]:80", "2001:db8::1", 80},
      {"[2001:db8::1]", "2001:db8::1", 0},
  };
  for (const Good& row : table) {
    const auto parsed = HostPort::Parse(row.text);
    BOOST_REQUIRE_MESSAGE(parsed.has_value(), row.text);
    BOOST_TEST((parsed->address ? parsed->address->ToString() : "") == row.address);
    BOOST_TEST(parsed->port.value_or(0) == row.port);
  }
}

struct Bad {
  const char* text;
  const char* error;
};

BOOST_AUTO_TEST_CASE(EverythingElseIsAnError) {
  const Bad table[] = {
      {"", "'' is no port (1..65535)"},
      {"0", "'0' is no port (1..65535)"},
      {"65536", "'65536' is no port (1..65535)"},
      {"http", "'http' is neither a numeric IP address nor a port (1..65535)"},
      {"10.0.0.1:", "'' is no port (1..65535)"},
      {"10.0.0.1:-1", "'-1' is no port (1..65535)"},
      {"host:80", "'host' is no numeric IP address"},
      {"10.0.0.256", "'10.0.0.256' is no numeric IP address"},
      {"[2001:db8::1", "'[2001:db8::1' has no ']'"},
      {"[2001:db8::1]80", "'[2001:db8::1]80' has no ':' before its port"},
      {"2001:db8::1", "'2001:db8::1' must be written [2001:db8::1]"},
      {"2001:db8::1:80:x", "'2001' is no numeric IP address"},
  };
  for (const Bad& row : table) {
    const auto parsed = HostPort::Parse(row.text);
    BOOST_REQUIRE_MESSAGE(!parsed.has_value(), row.text);
    BOOST_TEST(parsed.error() == row.error);
  }
}

}  // namespace
}  // namespace tcpcopy
