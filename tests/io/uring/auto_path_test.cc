#include "src/io/uring/auto_path.h"

#include <boost/test/unit_test.hpp>

#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

struct OneLink : testing::InNetworkNamespace {
  OneLink() {
    testing::Shell(
        "ip link add name v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up && "
        "ip addr add 10.1.0.1/24 dev v0 && "
        "ip neigh add 10.1.0.2 lladdr 02:00:5e:10:00:02 nud permanent dev v0");
  }
};
BOOST_TEST_GLOBAL_FIXTURE(OneLink);

const IpAddress kKnown = IpAddress::Parse("10.1.0.2").value();
const IpAddress kUnknown = IpAddress::Parse("10.1.0.3").value();

AutoPath MakePath(bool with_link_layer) {
  std::unique_ptr<LinkLayerPath> link_layer;
  if (with_link_layer) {
    link_layer = LinkLayerPath::Open({{"v0"}, {}, {{kKnown, {}}, {kUnknown, {}}}}).value();
  }
  return AutoPath(RawSockets::Open().value(), std::move(link_layer));
}

bool IsFrame(AutoPath& path, const IpAddress& destination) {
  Departure departure;
  BOOST_TEST(path.Prepare(destination, departure) >= 0);
  return departure.link_header_length > 0;
}

BOOST_AUTO_TEST_CASE(FramesGoWhereTheNextHopIsKnown) {
  AutoPath path = MakePath(true);
  BOOST_TEST(IsFrame(path, kKnown));
  BOOST_TEST(!IsFrame(path, kUnknown));
  BOOST_TEST(!IsFrame(path, IpAddress::Parse("127.0.0.1").value()));
}

BOOST_AUTO_TEST_CASE(ANextHopThatIsFoundMakesWhatWasPreparedOld) {
  AutoPath path = MakePath(true);
  const std::uint32_t before = path.version();
  path.Refresh();
  BOOST_TEST(path.version() == before);
  testing::Shell("ip neigh replace 10.1.0.3 lladdr 02:00:5e:10:00:03 nud permanent dev v0");
  path.Refresh();
  BOOST_TEST(path.version() != before);
  BOOST_TEST(IsFrame(path, kUnknown));
}

BOOST_AUTO_TEST_CASE(WithoutTheLinkLayerAllGoesThroughIp) {
  AutoPath never = MakePath(false);
  never.Refresh();
  BOOST_TEST(!IsFrame(never, kKnown));
}

BOOST_AUTO_TEST_CASE(FramesToOneTargetCanBeForbidden) {
  testing::Shell("ip neigh replace 10.1.0.3 lladdr 02:00:5e:10:00:03 nud permanent dev v0");
  AutoPath path = MakePath(true);
  BOOST_TEST(path.SendsFramesTo(kKnown));
  const std::uint32_t before = path.version();
  path.AllowFramesTo(kKnown, false);
  BOOST_TEST(path.version() != before);
  path.Refresh();
  BOOST_TEST(!path.SendsFramesTo(kKnown));
  BOOST_TEST(!IsFrame(path, kKnown));
  BOOST_TEST(IsFrame(path, kUnknown));
  path.AllowFramesTo(kKnown, true);
  BOOST_TEST(IsFrame(path, kKnown));
}

}  // namespace
}  // namespace tcpcopy
