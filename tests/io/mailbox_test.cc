#include "src/io/mailbox.h"

#include <boost/test/unit_test.hpp>
#include <thread>

#include "src/io/uring/uring_driver.h"

namespace tcpcopy {
namespace {

struct World {
  MonotonicClock clock;
  std::unique_ptr<UringDriver> driver = UringDriver::Create(clock).value();
  EventLoop loop{clock, *driver};
  std::unique_ptr<Mailbox> mailbox = Mailbox::Create(loop).value();
};

BOOST_AUTO_TEST_CASE(MessagesOfAThreadRunInTheLoopInTheOrderOfPosting) {
  World world;
  std::vector<int> ran;
  const std::thread::id here = std::this_thread::get_id();
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) {
      world.mailbox->Post([&, i] {
        BOOST_TEST((std::this_thread::get_id() == here));
        ran.push_back(i);
        if (i == 999) world.loop.Stop();
      });
    }
  });
  world.loop.Run();
  other.join();
  BOOST_REQUIRE(ran.size() == 1000U);
  for (int i = 0; i < 1000; ++i) BOOST_TEST(ran[static_cast<std::size_t>(i)] == i);
}

BOOST_AUTO_TEST_CASE(EveryMessageOfManyThreadsRunsOnce) {
  World world;
  std::size_t ran = 0;
  std::vector<std::thread> others;
  for (int i = 0; i < 4; ++i) {
    others.emplace_back([&] {
      for (int k = 0; k < 500; ++k) {
        world.mailbox->Post([&] {
          if (++ran == 2000) world.loop.Stop();
        });
      }
    });
  }
  world.loop.Run();
  for (std::thread& other : others) other.join();
  BOOST_TEST(ran == 2000U);
}

BOOST_AUTO_TEST_CASE(AMessageMayPostAnother) {
  World world;
  int ran = 0;
  world.mailbox->Post([&] {
    ++ran;
    world.mailbox->Post([&] {
      ++ran;
      world.loop.Stop();
    });
  });
  world.loop.Run();
  BOOST_TEST(ran == 2);
}

BOOST_AUTO_TEST_CASE(WhatWasNotRunIsDropped) {
  bool ran = false;
  {
    World world;
    world.mailbox->Post([&] { ran = true; });
  }
  BOOST_TEST(!ran);
}

}  // namespace
}  // namespace tcpcopy
