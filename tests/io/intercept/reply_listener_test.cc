#include "src/io/intercept/reply_listener.h"

#include <boost/test/unit_test.hpp>

#include "src/io/uring/uring_driver.h"

namespace tcpcopy {
namespace {

struct Nobody final : PeerHandler {
  void OnPeer(PeerId, const PeerHello&) override {}
  void OnTargets(PeerId, std::span<const Endpoint>) override {}
  void OnAnnounce(PeerId, const FlowKey&) override {}
  void OnWithdraw(PeerId, const FlowKey&) override {}
  std::string OnQuestion(PeerId, std::string_view) override { return {}; }
  void OnPeerGone(PeerId) override {}
};

BOOST_AUTO_TEST_CASE(RepliesForNobodyAreDropped) {
  MonotonicClock clock;
  const auto driver = UringDriver::Create(clock).value();
  EventLoop loop(clock, *driver);
  Nobody nobody;
  const auto listener = ReplyListener::Create(loop, {}, nobody, [](const std::string&) {}).value();
  BOOST_TEST(!listener->Send(1, {}, 0));
}

}  // namespace
}  // namespace tcpcopy
