#include "src/io/intercept/reply_channels.h"

#include <boost/test/unit_test.hpp>

#include "src/io/uring/uring_driver.h"

namespace tcpcopy {
namespace {

struct Nobody final : PacketHandler {
  void OnPacket(const CapturedPacket&) override {}
};

BOOST_AUTO_TEST_CASE(WithNobodyUpNobodyBringsReplies) {
  MonotonicClock clock;
  const auto driver = UringDriver::Create(clock).value();
  EventLoop loop(clock, *driver);
  Nobody nobody;
  ReplyChannels::Options options;
  options.intercepts = {{IpAddress::V4(0x7f000001), 1}, {IpAddress::V4(0x7f000002), 1}};
  ReplyChannels channels(loop, nobody, options, {}, 1);
  BOOST_TEST(channels.size() == 4U);
  BOOST_TEST(channels.up() == 0U);
  BOOST_TEST(channels.intercept(2).ToString() == "127.0.0.1:1");
  BOOST_TEST(channels.intercept(3).ToString() == "127.0.0.2:1");
  BOOST_TEST(!channels.Announce({}));
}

}  // namespace
}  // namespace tcpcopy
