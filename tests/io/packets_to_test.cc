#include "src/io/packets_to.h"

#include <boost/test/unit_test.hpp>
#include <string>

namespace tcpcopy {
namespace {

class Owner {
 public:
  PacketHandler& left() { return left_; }
  PacketHandler& right() { return right_; }
  std::string taken;

 private:
  void OnLeft(const CapturedPacket& packet) { taken += "l" + std::to_string(packet.number); }
  void OnRight(const CapturedPacket& packet) { taken += "r" + std::to_string(packet.number); }

  PacketsTo<&Owner::OnLeft> left_{*this};
  PacketsTo<&Owner::OnRight> right_{*this};
};

BOOST_AUTO_TEST_CASE(EachSourceHasItsOwnFunction) {
  Owner owner;
  owner.left().OnPacket({.bytes = {}, .number = 1});
  owner.right().OnPacket({.bytes = {}, .number = 2});
  owner.left().OnPacket({.bytes = {}, .number = 3});
  BOOST_TEST(owner.taken == "l1r2l3");
}

}  // namespace
}  // namespace tcpcopy
