#include "src/io/nftables/nft_session.h"

#include <boost/test/unit_test.hpp>

#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

BOOST_AUTO_TEST_CASE(RunsCommandsAndTellsWhatTheyPrint) {
  const auto nft = NftSession::Open("cannot test").value();
  BOOST_TEST(nft->Run("add table inet t\n").ok);
  BOOST_TEST(nft->Run("list tables\n").output == "table inet t\n");
}

BOOST_AUTO_TEST_CASE(AnErrorIsOneLineAndChangesNothing) {
  const auto nft = NftSession::Open("cannot test").value();
  const NftSession::Answer answer = nft->Run("add table inet u\nadd rule inet u nowhere drop\n");
  BOOST_TEST(!answer.ok);
  BOOST_TEST(!answer.error.empty());
  BOOST_TEST(answer.error.find('\n') == std::string::npos);
  BOOST_TEST(nft->Run("list tables inet\n").output.find("inet u") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(ANameThatIsTakenIsToldApart) {
  const auto nft = NftSession::Open("cannot test").value();
  BOOST_TEST(nft->Run("create table inet taken { flags owner; }\n").ok);
  BOOST_TEST(nft->Run("create table inet taken\n").Exists());
  const auto other = NftSession::Open("cannot test").value();
  BOOST_TEST(other->Run("delete table inet taken\n").NotPermitted());
}

BOOST_AUTO_TEST_CASE(OwnedTablesGoWithTheSession) {
  const auto nft = NftSession::Open("cannot test").value();
  auto owner = NftSession::Open("cannot test").value();
  BOOST_TEST(owner->Run("create table inet owned { flags owner; }\n").ok);
  BOOST_TEST(nft->Run("list tables\n").output.find("owned") != std::string::npos);
  owner.reset();
  BOOST_TEST(nft->Run("list tables\n").output.find("owned") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(ListingsCanNameHandles) {
  const auto nft = NftSession::Open("cannot test").value();
  nft->ShowHandles();
  BOOST_TEST(nft->Run("add table inet h\nadd chain inet h c\nadd rule inet h c drop\n").ok);
  BOOST_TEST(nft->Run("list chain inet h c\n").output.find("drop # handle") != std::string::npos);
}

}  // namespace
}  // namespace tcpcopy
