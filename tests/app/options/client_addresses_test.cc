#include "src/app/options/client_addresses.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

using Kind = ClientAddresses::Kind;

std::string Listed(const ClientAddresses& clients) {
  std::string text;
  for (const Network& network : clients.list) text += network.ToString() + " ";
  return text;
}

BOOST_AUTO_TEST_CASE(LeftOpenIsThisHostsOwn) {
  BOOST_TEST((ClientAddresses().kind == Kind::kSelf));
  BOOST_TEST(!ClientAddresses().chosen);
}

BOOST_AUTO_TEST_CASE(WordsAndListsAreRead) {
  struct Row {
    const char* text;
    Kind kind;
    const char* list;
  };
  const Row table[] = {
      {"self", Kind::kSelf, ""},
      {"keep", Kind::kKeep, ""},
      {"10.0.0.7", Kind::kList, "10.0.0.7 "},
      {"62.135.200.x", Kind::kList, "62.135.200.0/24 "},
      {"10.0.0.7,10.0.0.8", Kind::kList, "10.0.0.7 10.0.0.8 "},
      {"10.0.0.0/8,2001:db8::/64,2001:db8:1::7", Kind::kList,
       "10.0.0.0/8 2001:db8::/64 2001:db8:1::7 "},
  };
  for (const Row& row : table) {
    const auto clients = ClientAddresses::Parse(row.text);
    BOOST_TEST_REQUIRE(clients.has_value(), row.text);
    BOOST_TEST((clients->kind == row.kind), row.text);
    BOOST_TEST(clients->chosen);
    BOOST_TEST(Listed(*clients) == row.list);
  }
}

BOOST_AUTO_TEST_CASE(EverythingElseIsNamed) {
  struct Row {
    const char* text;
    const char* error;
  };
  const Row table[] = {
      {"", "'' is neither a word nor an address"},
      {"Self", "'Self' is neither a word nor an address"},
      {"self,10.0.0.7", "'self' is neither a word nor an address"},
      {"10.0.0.7,", "'' is neither a word nor an address"},
      {"10.0.0.7,,10.0.0.8", "'' is neither a word nor an address"},
      {"62.135.x.x", "'62.135.x.x' is neither a word nor an address"},
      {"62.135.x", "'62.135.x' is neither a word nor an address"},
      {"62.135.200.1.x", "'62.135.200.1.x' is neither a word nor an address"},
      {"2001:db8::.x", "'2001:db8::.x' is neither a word nor an address"},
      {"10.0.0.1/8", "'10.0.0.1/8' is no network; did you mean 10.0.0.0/8?"},
      {"10.0.0.7,10.0.0.7/32", "'10.0.0.7/32' is named twice"},
      {"0.0.0.0/0", "'0.0.0.0/0' is no address to send from"},
      {"::", "'::' is no address to send from"},
  };
  for (const Row& row : table) {
    const auto clients = ClientAddresses::Parse(row.text);
    BOOST_TEST_REQUIRE(!clients.has_value(), row.text);
    BOOST_TEST(clients.error() == row.error);
  }
  std::string many = "10.0.0.1";
  for (int i = 0; i < 256; ++i) many += ",10.0.1." + std::to_string(i);
  BOOST_TEST(ClientAddresses::Parse(many).error() == "more than 256 addresses");
}

}  // namespace
}  // namespace tcpcopy
