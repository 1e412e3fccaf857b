#include "src/io/intercept/proof.h"

#include <boost/test/unit_test.hpp>

#include "tests/io/intercept/hex.h"

namespace tcpcopy {
namespace {

using testing::FromHex;
using testing::ToHex;

const std::vector<std::uint8_t> kConnectorHello = FromHex("0102");
const std::vector<std::uint8_t> kListenerHello = FromHex("030405");

// The digests were made with Python's hmac, from what docs/PROTOCOL.md says.
BOOST_AUTO_TEST_CASE(AsOthersWouldMakeIt) {
  const Secret secret("open sesame");
  BOOST_TEST(ToHex(MakeProof(secret, Role::kConnector, kConnectorHello, kListenerHello)) ==
             "c6922dc66077da57320be47cc48820423fe20a036249c08def4726992da5ab31");
  BOOST_TEST(ToHex(MakeProof(secret, Role::kListener, kConnectorHello, kListenerHello)) ==
             "30590cde8c90a2891d9a696126fc7f1d2cab420db563ffd3a569e9e869d6fc45");
}

BOOST_AUTO_TEST_CASE(EverythingCounts) {
  const Secret secret("open sesame");
  const Proof proof = MakeProof(secret, Role::kConnector, kConnectorHello, kListenerHello);
  BOOST_TEST(IsSame(proof, proof));
  const auto differs = [&](const Proof& other) { BOOST_TEST(!IsSame(proof, other)); };
  differs(MakeProof(secret, Role::kListener, kConnectorHello, kListenerHello));
  differs(MakeProof(Secret("open sesamE"), Role::kConnector, kConnectorHello, kListenerHello));
  differs(MakeProof(secret, Role::kConnector, kListenerHello, kConnectorHello));
  differs(MakeProof(secret, Role::kConnector, FromHex("010203"), FromHex("0405")));
  differs(MakeProof(secret, Role::kConnector, FromHex("0103"), kListenerHello));
}

BOOST_AUTO_TEST_CASE(OnlyAllOfItIsTheSame) {
  const Proof proof = MakeProof(Secret("x"), Role::kConnector, kConnectorHello, kListenerHello);
  BOOST_TEST(!IsSame(proof, {}));
  BOOST_TEST(!IsSame(proof, ConstBytes(proof).first(31)));
  for (std::size_t i = 0; i < proof.size(); ++i) {
    Proof other = proof;
    other[i] ^= 1;
    BOOST_TEST(!IsSame(proof, other));
  }
}

BOOST_AUTO_TEST_CASE(NoncesDiffer) {
  const auto first = RandomNonce();
  const auto second = RandomNonce();
  BOOST_REQUIRE(first.has_value());
  BOOST_REQUIRE(second.has_value());
  BOOST_TEST((*first != *second));
}

}  // namespace
}  // namespace tcpcopy
